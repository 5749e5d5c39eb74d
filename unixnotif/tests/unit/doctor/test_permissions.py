# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Permissions, compared with the kernel."""

import itertools
import os

import fixtures

from unixnotif.doctor import accounts
from unixnotif.doctor import nodes
from unixnotif.doctor import permissions
from unixnotif.tests import base

_OWNER, _MEMBER, _STRANGER = 4_261_001, 4_261_002, 4_261_003
_GROUP = 4_261_100


def node(mode: int, uid: int = _OWNER, gid: int = _GROUP) -> nodes.Node:
    return nodes.Node('/x', 'directory', mode, uid, gid)


def rights(uid: int, *groups: int) -> accounts.Credentials:
    return accounts.Credentials(uid, uid, frozenset(groups))


class PermissionsTest(base.TestCase):
    @base.as_root
    def test_as_the_kernel(self) -> None:
        """Every mode, for every kind of user, gives what access(2) gives."""
        path = self.useFixture(fixtures.TempDir()).join('file')
        os.mkdir(path)
        users = (
            rights(_OWNER),
            rights(_OWNER, _GROUP),
            rights(_MEMBER, _GROUP),
            accounts.Credentials(_MEMBER, _GROUP, frozenset()),
            rights(_STRANGER),
        )
        # Relative to a descriptor: nobody else may enter the directory.
        parent = os.open(os.path.dirname(path), os.O_PATH)
        self.addCleanup(os.close, parent)
        modes = [a << 6 | b << 3 | c for a, b, c in _modes()]

        def ask() -> list[list[int]]:
            found = []
            for user in users:
                os.setgroups(sorted(user.groups))
                os.setegid(user.gid)
                granted = []
                for mode in modes:
                    os.seteuid(0)
                    os.chmod('file', mode, dir_fd=parent)
                    os.seteuid(user.uid)
                    granted.append(
                        sum(
                            want
                            for want in (4, 2, 1)
                            if os.access(
                                'file',
                                want,
                                dir_fd=parent,
                                effective_ids=True,
                            )
                        )
                    )
                os.seteuid(0)
                found.append(granted)
            return found

        os.chown(path, _OWNER, _GROUP)
        os.chmod(os.path.dirname(path), 0o755)
        for user, granted in zip(users, self.in_child(ask), strict=True):
            self.assertEqual(
                granted,
                [
                    sum(
                        want
                        for want in (4, 2, 1)
                        if permissions.allows(user, node(mode), want)
                    )
                    for mode in modes
                ],
                str(user),
            )

    def test_root(self) -> None:
        """Root may do everything."""
        self.assertTrue(permissions.allows(rights(0), node(0), 7))

    def test_first_barrier(self) -> None:
        """The first directory that a user may not enter."""
        path = [node(0o755), node(0o750), node(0o700)]
        user = rights(_STRANGER)
        self.assertIs(path[1], permissions.first_barrier(user, path))
        self.assertIs(
            path[2], permissions.first_barrier(rights(1, _GROUP), path)
        )
        self.assertIsNone(permissions.first_barrier(rights(_OWNER), path))

    def test_missing_group(self) -> None:
        """Membership helps only if the group has the permission."""
        for expected, user, mode in (
            (True, rights(_STRANGER), 0o770),
            (False, rights(_STRANGER), 0o700),
            (False, rights(_STRANGER, _GROUP), 0o770),
            (False, rights(_OWNER), 0o070),
            (False, rights(0), 0o770),
        ):
            self.assertEqual(
                expected, permissions.missing_group(user, node(mode), 7)
            )


def _modes() -> 'itertools.product[tuple[int, int, int]]':
    some = (0, 1, 2, 4, 6, 7)
    return itertools.product(some, some, some)
