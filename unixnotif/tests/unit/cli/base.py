# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Running the command inside the test's process."""

from collections.abc import Callable
import io
import logging
import signal

import fixtures

from unixnotif.tests import base


class TestCase(base.TestCase):
    """A test that runs the command, and restores the process."""

    def setUp(self) -> None:
        super().setUp()
        self.out = self.replace('stdout')
        self.err = self.replace('stderr')
        # The application changes this state of the process.
        root = logging.getLogger()
        self.addCleanup(root.setLevel, root.level)
        self.useFixture(fixtures.MonkeyPatch('logging.root.handlers', []))
        for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
            self.addCleanup(signal.signal, number, signal.getsignal(number))

    def replace(self, name: str, data: bytes = b'') -> io.TextIOWrapper:
        """Replace a standard stream."""
        stream = io.TextIOWrapper(io.BytesIO(data), encoding='utf-8')
        self.useFixture(fixtures.MonkeyPatch(f'sys.{name}', stream))
        return stream

    def text(self, stream: io.TextIOWrapper) -> str:
        """Return the text written to a standard stream."""
        stream.flush()
        buffer = stream.buffer
        assert isinstance(buffer, io.BytesIO)
        return buffer.getvalue().decode()

    def code(self, run: Callable[[], int]) -> int:
        """Return the exit code, also if the function raises SystemExit."""
        try:
            return run()
        except SystemExit as e:
            # None is a success (sys.exit).
            assert e.code is None or isinstance(e.code, int)
            return e.code or 0
