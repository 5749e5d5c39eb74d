# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The preparations and the data of attackers."""

import _socket
import array
import contextlib
import os
import socket
import time

import fixtures
from oslotest import base

from bench import attacks
from bench import traps
from unixnotif import errors
from unixnotif import filter as filters
from unixnotif import notification

_LINGER = 1


class AttackTest(base.BaseTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.addCleanup(os.umask, os.umask(0o022))
        directory = self.useFixture(fixtures.TempDir()).path
        self.place = attacks.Place(directory, _LINGER)

    def test_places(self) -> None:
        """Both kinds of address are in the same directory."""
        directory = self.place.directory
        self.assertEqual(f'unix+dir://{directory}', self.place.uri('unix+dir'))
        self.assertEqual(
            f'unix://{directory}/notifications.sock', self.place.uri('unix')
        )

    def test_unwanted_document(self) -> None:
        """An unwanted document is valid, and a filter rejects it."""
        read = notification.decode(attacks.document())
        assert isinstance(read, notification.Notification)
        self.assertFalse(filters.Filter(event_type='wanted').matches(read))

    def test_size(self) -> None:
        """A document has exactly the size that was asked for."""
        self.assertEqual(5000, len(attacks.document(5000)))

    def test_rejected_document(self) -> None:
        """A rejected document is not a valid document."""
        self.assertRaises(
            errors.DocumentError, notification.decode, attacks.REJECTED
        )

    def test_subscribers(self) -> None:
        """Each subscriber listens, and the sharing group may connect."""
        steps = attacks.subscribe(3, 'group@', self.place)
        next(steps)
        names = sorted(os.listdir(self.place.directory))
        self.assertEqual([f'group@{n}.sock' for n in range(3)], names)
        for name in names:
            path = os.path.join(self.place.directory, name)
            self.assertEqual(0o660, os.stat(path).st_mode & 0o777)
            attacks.connect(path, attacks.PACKETS, False).close()

    def test_dead_sockets(self) -> None:
        """A dead socket refuses connections."""
        next(attacks.leave_dead_sockets(self.place))
        names = os.listdir(self.place.directory)
        self.assertEqual(attacks.SOCKETS, len(names))
        self.assertRaises(
            ConnectionRefusedError,
            attacks.connect,
            os.path.join(self.place.directory, names[0]),
            attacks.PACKETS,
        )

    def test_files(self) -> None:
        """The names have the suffix that was asked for."""
        next(attacks.create_names(2, '.sock', self.place))
        self.assertEqual(
            ['0.sock', '1.sock'], sorted(os.listdir(self.place.directory))
        )


class TrapTest(base.BaseTestCase):
    def test_trap_lingers(self) -> None:
        """The last close of a trap waits for SO_LINGER."""
        mine, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with mine:
            held = traps.Traps(_LINGER)
            held.leave(theirs)
            data, ancillary, _, _ = mine.recvmsg(10, _socket.CMSG_SPACE(4))
            self.assertEqual(b'x\n', data)
            (_, _, rights), *_ = ancillary
            begin = time.monotonic()
            os.close(array.array('i', rights[:4])[0])
        self.assertGreater(time.monotonic() - begin, _LINGER * 0.9)

    def test_refused_trap(self) -> None:
        """A trap that no service takes does not block the attacker."""
        mine, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        mine.close()
        begin = time.monotonic()
        with contextlib.suppress(OSError):
            traps.Traps(_LINGER).leave(theirs)
        self.assertLess(time.monotonic() - begin, _LINGER * 0.9)
