# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Files of a path, with their kinds and rights."""

import os
import pathlib
import socket

import fixtures

from unixnotif.doctor import nodes
from unixnotif.tests import base


class NodesTest(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.top = pathlib.Path(
            os.path.realpath(self.useFixture(fixtures.TempDir()).path)
        )

    def test_kinds(self) -> None:
        """Each kind of file has a name, and a FIFO does not block."""
        (self.top / 'file').touch()
        os.mkfifo(self.top / 'fifo')
        (self.top / 'link').symlink_to('nowhere')
        sock = socket.socket(socket.AF_UNIX)
        self.addCleanup(sock.close)
        sock.bind(str(self.top / 'sock'))
        found = {
            name: nodes.find(str(self.top / name), follow=False)
            for name in ('file', 'fifo', 'link', 'sock', '.', 'none')
        }
        self.assertEqual(
            {
                'file': 'regular file',
                'fifo': 'FIFO',
                'link': 'symbolic link',
                'sock': 'socket',
                '.': 'directory',
                'none': None,
            },
            {name: each and each.kind for name, each in found.items()},
        )
        self.assertEqual('device', nodes.find('/dev/null').kind)  # type: ignore[union-attr]

    def test_chain(self) -> None:
        """The chain goes from the root to the last existing file."""
        (self.top / 'real').mkdir()
        (self.top / 'link').symlink_to('real')
        chain, is_blocked = nodes.chain(f'{self.top}/link/none/more')
        self.assertFalse(is_blocked)
        self.assertEqual('/', chain[0].path)
        self.assertEqual(
            [str(self.top), str(self.top / 'real')],
            [each.path for each in chain[-2:]],
        )

    def test_broken_link(self) -> None:
        """The first link of a path that leads to no file."""
        (self.top / 'real').mkdir()
        (self.top / 'link').symlink_to('real')
        (self.top / 'broken').symlink_to('none')
        (self.top / 'second').symlink_to('broken')
        (self.top / 'loop').symlink_to('loop')
        none = str(self.top / 'none')
        for path, link, target in (
            ('broken', 'broken', none),
            ('link/../second/x', 'link/../second', none),
            ('loop/x', 'loop', ''),
        ):
            self.assertEqual(
                nodes.Link(f'{self.top}/{link}', target),
                nodes.broken_link(f'{self.top}/{path}'),
            )
        for path in ('link', 'real', 'none', 'link/none'):
            self.assertIsNone(nodes.broken_link(f'{self.top}/{path}'))

    def test_a_file_in_the_way(self) -> None:
        """A path through a file ends at the file."""
        (self.top / 'file').touch()
        chain, is_blocked = nodes.chain(f'{self.top}/file/x')
        self.assertEqual(('regular file', False), (chain[-1].kind, is_blocked))

    @base.as_root
    def test_blocked(self) -> None:
        """A directory that this user may not enter ends the chain."""
        (self.top / 'closed').mkdir(0o700)
        (self.top / 'closed/inner').mkdir()
        for path in (self.top, self.top.parent):
            path.chmod(0o755)

        def look() -> list[object]:
            base.become_user(65533)
            chain, is_blocked = nodes.chain(f'{self.top}/closed/inner')
            return [chain[-1].path, is_blocked]

        self.assertEqual([f'{self.top}/closed', True], self.in_child(look))

    def test_access(self) -> None:
        """Owner and group have their names, and the mode its bits."""
        node = nodes.Node('/x', 'directory', 0o3770, 0, 4_261_100)
        self.assertEqual('root:4261100 3770', node.access)

    def test_table(self) -> None:
        """Paths are aligned, and safe for a terminal."""
        rows = nodes.table(
            [
                nodes.Node('/', 'directory', 0o755, 0, 0),
                nodes.Node('/a\x1b[31m', 'directory', 0o700, 0, 0),
            ]
        )
        self.assertEqual(
            (
                '/             root:root 0755',
                '/a\\u001b[31m  root:root 0700',
            ),
            rows,
        )

    def test_space(self) -> None:
        """A file system has a kind, a mount point and free space."""
        found = nodes.space('/proc')
        assert found is not None
        self.assertEqual(('proc', '/proc'), (found.kind, found.mount))
        # This file system has no space that could be used up.
        self.assertEqual((-1, -1), (found.free_bytes, found.free_inodes))
        there = nodes.space(str(self.top))
        assert there is not None
        self.assertGreater(there.free_bytes, 0)
        self.assertIsNone(nodes.space(f'{self.top}/none'))
