# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The path of an address."""

from unixnotif.doctor import nodes
from unixnotif.doctor.checks import paths
from unixnotif.tests import base
from unixnotif.tests.unit.doctor.checks import cases


class PathTest(base.TestCase):
    def test_good(self) -> None:
        """A shared directory, and a socket."""
        for where, chain in (
            (cases.DIRECTORY, cases.chain()),
            (cases.SOCKET, cases.chain(0o660, 'socket')),
        ):
            [found] = paths.check(where, chain)
            self.assertEqual(('path', 4), (found.name, len(found.details)))
            self.assertTrue(paths.is_usable(where, chain))

    def test_modes(self) -> None:
        """A directory of several users needs the setgid and sticky bits."""
        for mode, expected in (
            (0o3770, []),
            (0o3777, []),
            (0o1770, ['no-setgid']),
            (0o2770, ['no-sticky']),
            (0o777, ['no-setgid', 'no-sticky']),
            (0o755, []),
            (0o3700, []),
        ):
            found = paths.check(cases.DIRECTORY, cases.chain(mode))
            self.assertEqual(expected, cases.names(found), oct(mode))
        self.assertEqual(['private-directory'], cases.names(found, 'note'))

    def test_all_users(self) -> None:
        """Access for all users is a note, unless a directory above bars it."""
        for where, mode, kind, fix in (
            (cases.DIRECTORY, 0o3777, 'directory', 'chmod 3770 /run/nova/'),
            (cases.DIRECTORY, 0o3773, 'directory', 'chmod 3770 /run/nova/'),
            (cases.SOCKET, 0o666, 'socket', 'socket_mode = 0660'),
        ):
            found = paths.check(where, cases.chain(mode, kind))
            self.assertEqual(['public'], cases.names(found, 'note'))
            self.assertIn(fix, found[1].fix)
            found = paths.check(where, cases.chain(mode, kind, above=0o750))
            self.assertEqual([], cases.names(found, 'note'))
        # Without permission to enter, nobody creates a socket.
        found = paths.check(cases.DIRECTORY, cases.chain(0o3772))
        self.assertEqual([], cases.names(found, 'note'))

    def test_missing(self) -> None:
        """The finding names the last directory of the path that exists."""
        for where, name in (
            (cases.DIRECTORY, 'no-directory'),
            (cases.SOCKET, 'no-socket'),
        ):
            chain = cases.chain()[:-1]
            found = paths.check(where, chain)
            self.assertEqual([name], cases.names(found))
            self.assertIn('that exists is /run/nova', found[0].what)
            self.assertIn('start the service', found[0].fix)
            self.assertFalse(paths.is_usable(where, chain))

    def test_missing_parent(self) -> None:
        """A driver creates only the last directory of the path."""
        [found] = paths.check(cases.DIRECTORY, cases.chain()[:-2])
        self.assertEqual('no-directory', found.name)
        self.assertIn('that exists is /run', found.what)
        self.assertNotIn('start the service', found.fix)

    def test_user(self) -> None:
        """The fix names the user and the group of the service."""
        [found] = paths.check(
            cases.DIRECTORY, cases.chain()[:-1], 'cinder', 'watchers'
        )
        self.assertIn('install -d -o cinder -g watchers -m', found.fix)

    def test_broken_link(self) -> None:
        """The fix creates the target, or removes the link."""
        path = cases.DIRECTORY.path
        for where, link, hint in (
            (cases.DIRECTORY, nodes.Link(path, '/x'), 'or remove the link'),
            (cases.DIRECTORY, nodes.Link('/run/nova', '/x'), '-o cinder -g'),
            (cases.DIRECTORY, nodes.Link(path, ''), f'link: rm {path}'),
            (cases.SOCKET, nodes.Link(path, '/x'), f'link: rm {path}'),
            (cases.SOCKET, nodes.Link('/run', '/x'), 'install -d -o cinder /'),
        ):
            found = paths.check_link(where, link, 'cinder', 'watchers')
            self.assertTrue(found.is_problem)
            self.assertIn(f'{link.path} is a symbolic link', found.what)
            self.assertIn(hint, found.fix)

    def test_a_file_in_the_way(self) -> None:
        """A file is no directory of a path."""
        chain = cases.chain()[:-1]
        chain[-1] = nodes.Node('/run/nova', 'regular file', 0o644, 0, 0)
        found = paths.check(cases.DIRECTORY, chain)
        self.assertEqual(['not-a-directory'], cases.names(found))

    def test_other_kinds(self) -> None:
        """The fix is the other scheme or, for other files, a removal."""
        for where, kind, name, hint in (
            (cases.DIRECTORY, 'socket', 'wrong-scheme', str(cases.SOCKET)),
            (cases.SOCKET, 'directory', 'wrong-scheme', str(cases.DIRECTORY)),
            (cases.SOCKET, 'regular file', 'wrong-kind', 'remove'),
            (cases.DIRECTORY, 'FIFO', 'wrong-kind', 'remove'),
        ):
            chain = cases.chain(kind=kind)
            found = paths.check(where, chain)
            self.assertEqual([name], cases.names(found))
            self.assertIn(hint, found[0].fix)
            self.assertFalse(paths.is_usable(where, chain))

    def test_space(self) -> None:
        """A full or read-only file system is a problem."""
        for space, expected in (
            (None, []),
            (nodes.Space('tmpfs', '/run', -1, -1, False), []),
            (nodes.Space('tmpfs', '/run', 8192, 1, False), []),
            (nodes.Space('tmpfs', '/run', 8192, 0, False), ['disk-full']),
            (nodes.Space('ext4', '/run', 0, 9, False), ['disk-full']),
            (nodes.Space('ext4', '/run', 8192, 9, True), ['read-only']),
        ):
            found = paths.check_space(cases.DIRECTORY, space)
            self.assertEqual(expected, cases.names(found))

    def test_fix_of_space(self) -> None:
        """Only a tmpfs can be enlarged, by the limit that was reached."""
        for kind, free_bytes, inodes, fix in (
            ('tmpfs', 8192, 0, ' remount,nr_inodes=N /run'),
            ('tmpfs', 0, 9, ' remount,size=SIZE /run'),
            ('tmpfs', 0, 0, ' remount,nr_inodes=N,size=SIZE /run'),
            ('ext4', 0, 9, 'remove files that no process needs below /run'),
        ):
            [found] = paths.check_space(
                cases.DIRECTORY,
                nodes.Space(kind, '/run', free_bytes, inodes, False),
            )
            self.assertTrue(found.fix.endswith(fix), found.fix)
