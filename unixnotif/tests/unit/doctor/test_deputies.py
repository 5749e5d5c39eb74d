# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""A child with the rights of a service."""

import os
import subprocess
from typing import Any

import fixtures

from unixnotif import errors
from unixnotif.doctor import accounts
from unixnotif.doctor import deputies
from unixnotif.tests import base

_UID, _GID, _GROUP = 4_261_001, 4_261_002, 4_261_003


def fail() -> None:
    raise errors.UnavailableError('for a reason')


class DeputiesTest(base.TestCase):
    def assert_fails(self, message: str, function: Any, **how: Any) -> None:
        error = self.assertRaises(
            errors.UnavailableError, deputies.act, function, **how
        )
        self.assertEqual(message, str(error))

    def test_result(self) -> None:
        """The child's result, from another process."""
        self.assertNotEqual(os.getpid(), deputies.act(os.getpid))
        self.assertEqual({'a': [1]}, deputies.act(lambda: {'a': [1]}))

    def test_failures(self) -> None:
        """Whatever fails in the child is an error of ours."""
        self.assert_fails('for a reason', fail)
        self.assert_fails(
            'No such file or directory', lambda: os.stat('/nowhere')
        )
        self.assert_fails('ZeroDivisionError: division by zero', lambda: 1 / 0)
        self.assert_fails('no answer within 20 seconds', lambda: os._exit(1))

    def test_a_child_that_does_not_answer(self) -> None:
        """After a timeout, the child is ended and reaped."""
        self.useFixture(
            fixtures.MonkeyPatch('unixnotif.doctor.deputies._SECONDS', 0.1)
        )
        children: list[int] = []
        fork = os.fork

        def remember() -> int:
            children.append(fork())
            return children[-1]

        self.useFixture(fixtures.MonkeyPatch('os.fork', remember))
        # The child blocks in a pipe of its own.
        self.assert_fails(
            'no answer within 0 seconds', lambda: os.read(os.pipe()[0], 1)
        )
        (child,) = children
        self.assertRaises(ChildProcessError, os.waitpid, child, os.WNOHANG)

    @base.as_root
    def test_rights(self) -> None:
        """All user and group ids of the child are those of the service."""
        rights = accounts.Credentials(_UID, _GID, frozenset({_GROUP}))
        self.assertEqual(
            [[_UID] * 3, [_GID] * 3, [_GROUP]],
            deputies.act(
                lambda: [
                    os.getresuid(),
                    os.getresgid(),
                    os.getgroups(),
                ],
                rights,
            ),
        )

    @base.as_root
    def test_file_systems(self) -> None:
        """The child sees what the process sees."""
        top = self.useFixture(fixtures.TempDir()).path
        script = f'mount -t tmpfs tmpfs {top} && touch {top}/x && echo && cat'
        child = subprocess.Popen(
            ['unshare', '--mount', 'sh', '-c', script],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self.addCleanup(child.communicate)
        assert child.stdout is not None
        if not child.stdout.readline():
            self.skipTest('this kernel allows no mount namespace here')
        self.assertEqual(
            ['x'], deputies.act(lambda: os.listdir(top), pid=child.pid)
        )
        self.assertEqual([], os.listdir(top))

    @base.as_root
    def test_a_process_that_has_ended(self) -> None:
        """Entering the file systems of a process that has ended fails."""
        child = os.fork()
        if not child:
            os._exit(0)
        os.waitpid(child, 0)
        self.assert_fails('No such file or directory', os.getpid, pid=child)
