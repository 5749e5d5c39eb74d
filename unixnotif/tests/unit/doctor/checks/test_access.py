# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Users who may subscribe, and subscribers in reach of the service."""

from unixnotif.doctor.checks import access
from unixnotif.tests import base
from unixnotif.tests.unit.doctor.checks import cases

_ALICE = cases.rights(cases.ALICE, cases.NOTIFICATIONS)
_NOVA = cases.rights(cases.NOVA, cases.NOTIFICATIONS)


class UserTest(base.TestCase):
    def test_users(self) -> None:
        """Write permission decides, at a directory and at a socket."""
        for where, chain, user, expected in (
            (cases.DIRECTORY, cases.chain(), _ALICE, []),
            (cases.DIRECTORY, cases.chain(), cases.rights(0), []),
            (
                cases.DIRECTORY,
                cases.chain(),
                cases.rights(cases.BOB),
                ['may-not-subscribe'],
            ),
            (
                cases.DIRECTORY,
                cases.chain(0o3750),
                _ALICE,
                ['may-not-subscribe'],
            ),
            (
                cases.DIRECTORY,
                cases.chain(above=0o700),
                _ALICE,
                ['closed-directory'],
            ),
            (cases.SOCKET, cases.chain(0o660, 'socket'), _ALICE, []),
            (
                cases.SOCKET,
                cases.chain(0o640, 'socket'),
                _ALICE,
                ['may-not-subscribe'],
            ),
        ):
            found = access.check_user(where, chain, user)
            self.assertEqual(expected, cases.names(found))

    def test_fixes(self) -> None:
        """The fix changes groups or the mode, but never uses root's group."""
        bob = cases.rights(cases.BOB)
        for chain, fix in (
            (cases.chain(), 'usermod -a -G 4261100 4261003; '),
            (cases.chain(gid=0), 'chgrp GROUP '),
            (cases.chain(0o3700), 'chmod 3770 '),
        ):
            [found] = access.check_user(cases.DIRECTORY, chain, bob)
            self.assertTrue(found.fix.startswith(fix), found.fix)

    def test_fix_of_a_socket(self) -> None:
        """The service gives its socket mode and group."""
        [found] = access.check_user(
            cases.SOCKET, cases.chain(0o640, 'socket'), _ALICE
        )
        self.assertTrue(
            found.fix.startswith('set socket_mode = 0660 '), found.fix
        )


class ServiceTest(base.TestCase):
    def problems(
        self, *sockets: object, chain: object = None, user: object = _ALICE
    ) -> list[object]:
        found = access.check_service(
            cases.DIRECTORY,
            chain or cases.chain(),  # type: ignore[arg-type]
            _NOVA,
            'the service',
            cases.look(*sockets),  # type: ignore[arg-type]
            user,  # type: ignore[arg-type]
        )
        self.found = found
        return list(cases.names(found))

    def test_group_of_root(self) -> None:
        """If the directory has root's group, the fix sets another group."""
        self.assertEqual(
            ['service-may-not-list'], self.problems(chain=cases.chain(gid=0))
        )
        self.assertTrue(self.found[0].fix.startswith('chgrp GROUP '))

    def test_good(self) -> None:
        """The sockets have the group of the directory."""
        self.assertEqual([], self.problems(cases.socket()))
        self.assertTrue(self.found[0].what.startswith('The service, user '))

    def test_denied(self) -> None:
        """A socket with another group, or another mode."""
        self.assertEqual(
            ['denied'], self.problems(cases.socket(gid=cases.ALICE))
        )
        self.assertIn('chmod g+s', self.found[0].fix)
        self.assertEqual(['denied'], self.problems(cases.socket(mode=0o640)))
        self.assertIn('chmod g+w', self.found[0].fix)
        # A peer chooses the name, and root may paste the command.
        self.problems(cases.socket('$(id).sock', mode=0o640))
        self.assertIn("chmod g+w '/", self.found[0].fix)
        many = [cases.socket(f'{n}.sock', mode=0) for n in range(500)]
        self.assertEqual(['denied'], self.problems(*many))
        self.assertEqual(10, len(self.found[0].details))

    def test_the_next_socket(self) -> None:
        """A subscriber that comes later would be denied."""
        chain = cases.chain(0o1777)
        self.assertEqual(['not-in-group'], self.problems(chain=chain))
        self.assertIn('chmod g+s', self.found[0].fix)

    def test_may_not_list(self) -> None:
        """The driver must list the directory."""
        chain = cases.chain(0o3730)
        self.assertEqual(['service-may-not-list'], self.problems(chain=chain))
        chain = cases.chain(gid=cases.ALICE)
        self.assertEqual(['service-may-not-list'], self.problems(chain=chain))
        self.assertIn('usermod -a -G', self.found[0].fix)

    def test_a_closed_directory(self) -> None:
        """The driver must enter every directory of the path."""
        chain = cases.chain(above=0o700)
        self.assertEqual(['closed-directory'], self.problems(chain=chain))

    def test_a_socket_address(self) -> None:
        """A socket address has no finding: the service creates the socket."""
        found = access.check_service(
            cases.SOCKET,
            cases.chain(0o660, 'socket'),
            _NOVA,
            'the service',
            cases.look(),
            _ALICE,
        )
        self.assertEqual([], found)


class ViewTest(base.TestCase):
    def test_view(self) -> None:
        """The same file, another file, or none."""
        node = cases.chain()[-1]
        for seen, expected in (
            (node.file_id, []),
            ((9, 9), ['mount-namespace']),
            (None, ['mount-namespace']),
        ):
            found = access.check_view(cases.DIRECTORY, node, seen, 'process 7')
            self.assertEqual(expected, cases.names(found))
        self.assertIn('Process 7 sees no directory', found[0].what)
