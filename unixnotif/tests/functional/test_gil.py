# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""A notification beside a thread that computes: no call releases the GIL."""

import json
import subprocess
import sys

from unixnotif import address
from unixnotif.tests import base

_PROGRAM = 'unixnotif.tests.functional.programs.competing'
# The module is missing, as in a Python that has no ctypes.
_WITHOUT_CTYPES = (
    'import runpy, sys; sys.modules["unixnotif.kernel.held"] = None; '
    f'runpy.run_module("{_PROGRAM}", run_name="__main__", alter_sys=True)'
)
_HELD = ('-m', _PROGRAM)
_RELEASED = ('-c', _WITHOUT_CTYPES)


class GilTest(base.TestCase):
    """Runs of another thread during calls of publisher and driver."""

    def turns(
        self,
        where: address.Address,
        number: int,
        size: int = 700,
        how: tuple[str, ...] = _HELD,
    ) -> dict[str, int]:
        """Return the turns of the other thread, by kind of call.

        :param number: of subscribers
        :param size: of a document in bytes
        """
        command = [sys.executable, '-W', 'ignore', *how]
        done = subprocess.run(
            [*command, str(where), str(number), str(size)],
            cwd=base.ROOT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        self.assertEqual(0, done.returncode, done.stderr)
        found: dict[str, int] = json.loads(done.stdout)
        return found

    def test_nobody_else_runs(self) -> None:
        """With up to 16 subscribers the call keeps the GIL to its end."""
        none = {'publish': 0, 'notify': 0}
        for number, size in (0, 700), (1, 700), (16, 700), (2, 40_000):
            for where in self.new_directory(), self.new_socket():
                found = self.turns(where, number, size)
                self.assertEqual(none, found, f'{where} {number} {size}')

    def test_many_subscribers(self) -> None:
        """A call with more subscribers releases the GIL in between."""
        for where in self.new_directory(), self.new_socket():
            found = self.turns(where, 17)
            self.assertGreater(found['publish'], 0, where)
            self.assertGreater(found['notify'], 0, where)

    def test_without_ctypes(self) -> None:
        """Without ctypes everything works, and the calls release the GIL."""
        for where in self.new_directory(), self.new_socket():
            found = self.turns(where, 1, how=_RELEASED)
            self.assertGreater(found['publish'], 0, where)
            self.assertGreater(found['notify'], 0, where)
