# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The replacements of directories, links and sockets."""

import os
from pathlib import Path
import socket

import fixtures
from oslotest import base

from tools.chaos import places


class PlacesTest(base.BaseTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.base = Path(self.useFixture(fixtures.TempDir()).path)

    def bind(self, path: Path) -> None:
        """Bind a socket, as a subscriber does."""
        sock = socket.socket(socket.AF_UNIX)
        self.addCleanup(sock.close)
        sock.bind(str(path))

    def test_subscribers(self) -> None:
        """The names of ready sockets contain the process ids."""
        place = places.Directory(self.base, 'd')
        self.assertEqual(set(), place.subscribers())
        place.create()
        for name in ('12-ab.sock', 'g@13-cd.sock', '.14-ef.sock', 'notes'):
            (place.path / name).touch()
        self.assertEqual({12, 13}, place.subscribers())

    def test_recreate(self) -> None:
        """The new directory is empty, and another one."""
        for place in (
            places.Directory(self.base, 'd'),
            places.Link(self.base, 'l'),
        ):
            place.create()
            self.bind(place.path / '1-a.sock')
            with os.scandir(place.path.parent):
                place.recreate()
            self.assertEqual([], os.listdir(place.path))

    def test_rename(self) -> None:
        """The old directory stays until it is cleaned."""
        place = places.Directory(self.base, 'd')
        place.create()
        inode = place.path.stat().st_ino
        self.bind(place.path / '1-a.sock')
        place.rename()
        place.rename()
        self.assertNotEqual(inode, place.path.stat().st_ino)
        self.assertEqual(3, len(os.listdir(place.path.parent)))
        place.clean()
        self.assertEqual([place.path.name], os.listdir(place.path.parent))

    def test_switch(self) -> None:
        """The link names a new directory."""
        place = places.Link(self.base, 'l')
        place.create()
        old = place.path.resolve()
        place.switch()
        self.assertNotEqual(old, place.path.resolve())
        self.assertTrue(old.is_dir())
        place.clean()
        self.assertFalse(old.exists())
        self.assertTrue(place.path.is_dir())

    def test_socket(self) -> None:
        """The socket and its directory can be removed."""
        place = places.Socket(self.base, 's')
        place.create()
        self.assertEqual(f'unix://{place.path}', str(place.address))
        self.bind(place.path)
        self.assertTrue(place.exists())
        place.remove()
        self.assertFalse(place.exists())
        self.bind(place.path)
        place.recreate_parent()
        self.assertEqual([], os.listdir(place.path.parent))
