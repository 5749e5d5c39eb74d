# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Temporary directories whose names have a meaning in URIs or in files.

Rule: Jenkins, for example, encodes the name of a branch in the path of its
workspace (``feature%2Fx``). Fixtures, services and commands work there.
"""

import os
import subprocess
import sys
from typing import Any

from unixnotif import address
from unixnotif.tests import base as support
from unixnotif.tests.functional import base
from unixnotif.tests.functional.programs import placing

NAMES = (
    b'feature%2Fx',
    b'a#b',
    b'a?b=c',
    b'a,b',
    b'a b ',
    'caf\u00e9 \u65e5\u672c'.encode(),
    b'latin\xe9\xff',
    b'cost$HOME$$',
    b'{sock}[1];\'"=\\',
    b'@workspace:2~',
)


class TemporaryDirectoryTest(base.TestCase):
    def place(self, name: bytes) -> str:
        path = os.fsdecode(os.path.join(os.fsencode(self.top), name))
        os.mkdir(path)
        return path

    def run_python(self, *arguments: str, **env: str) -> str:
        done = subprocess.run(
            [sys.executable, '-m', *arguments],
            cwd=support.ROOT,
            env={**os.environ, 'PYTHONWARNINGS': 'ignore', **env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=base.DEADLINE,
            check=False,
        )
        output = done.stdout.decode(errors='backslashreplace')
        self.assertEqual(0, done.returncode, output)
        return output

    def test_fixtures(self) -> None:
        """A suite captures from its own process and from a child."""
        for name in NAMES:
            path = self.place(name)
            output = self.run_python(
                'testtools.run', placing.__name__, TMPDIR=path
            )
            self.assertIn(f'Ran {placing.TESTS} tests', output, path)
            self.assertEqual([], os.listdir(path), path)

    def test_both_kinds(self) -> None:
        """Commands subscribe at a URI of each kind, and services emit."""
        for name in NAMES:
            path = self.place(name)
            for where in (
                address.Address(f'{path}/notifications'),
                address.Address(f'{path}/service.sock', is_directory=False),
            ):
                notifier = self.new_notifier(str(where))
                tail = self.useFixture(
                    base.Child(
                        sys.executable,
                        '-m',
                        'unixnotif',
                        'tail',
                        str(where),
                        '--count=1',
                    )
                )
                self.emit_until_read(notifier, tail)

    def emit_until_read(self, notifier: Any, tail: base.Child) -> None:
        def emitted() -> bool:
            notifier.info({}, 'x.y', {'n': 1})
            return tail.process.poll() is not None

        self.wait_until(emitted)
        self.assertEqual({'n': 1}, tail.answer()['payload'])
        tail.finish()

    def test_errors(self) -> None:
        """A command prints an error about a path that is not text."""
        path = self.place(b'\xff')
        where = address.Address(path, is_directory=False)
        done = subprocess.run(
            [sys.executable, '-m', 'unixnotif', 'tail', str(where)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=base.DEADLINE,
            check=False,
        )
        self.assertEqual(1, done.returncode)
        self.assertIn(rb'/\udcff: this is a directory; use ', done.stdout)
        self.assertIn(b'/%FF\n', done.stdout)
