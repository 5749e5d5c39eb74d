# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Refusals: the log names sockets that refuse a connection."""

import os
import socket

from unixnotif import rendezvous
from unixnotif.publisher import drops
from unixnotif.publisher import refusals
from unixnotif.tests import base


class RefusalsTest(base.TestCase):
    """The memory and the text."""

    def setUp(self) -> None:
        super().setUp()
        self.path = self.new_directory().path
        self.refusals = refusals.Refusals(self.path)

    def test_describe(self) -> None:
        """The text has the path, the owner and the mode of a socket."""
        made = os.path.join(self.path, 'a.sock')
        with open(made, 'w'):
            os.chmod(made, 0o640)
        found = os.stat(made)
        self.assertEqual(
            f'socket {made} (user {found.st_uid}, group {found.st_gid}, '
            'mode 0640)',
            refusals.describe(self.path, 'a.sock'),
        )

    def test_describe_link(self) -> None:
        """The text is about a link, not about the file that it names."""
        os.symlink('/etc/passwd', os.path.join(self.path, 'a.sock'))
        text = refusals.describe(self.path, 'a.sock')
        self.assertIn('mode 0777', text)

    def test_hostile_name(self) -> None:
        """A name does not control a terminal, nor break the line."""
        text = refusals.describe(self.path, 'a\x1b[2J\n\udcff.sock')
        self.assertEqual(
            rf'socket {self.path}/a\u001b[2J\n\udcff.sock (removed)', text
        )

    def test_take(self) -> None:
        """Each socket is named once, if it explains one of the drops."""
        self.refusals.add('a.sock', 'denied', 'Permission denied')
        self.refusals.add('b.sock', 'unreachable', 'Other')
        self.assertEqual(
            f'Cannot connect to socket {self.path}/a.sock (removed): '
            'Permission denied.',
            self.refusals.take({'denied': 1, 'buffer_full': 1}),
        )
        self.assertEqual('', self.refusals.take({'unreachable': 1}))

    def test_many(self) -> None:
        """A peer decides neither the length of the text nor the memory."""
        for n in range(1000):
            self.refusals.add(f'{n}.sock', 'denied', 'No')
        self.assertLessEqual(len(self.refusals._reasons), refusals.MOST + 1)
        text = self.refusals.take({'denied': 1000})
        self.assertEqual(refusals.MOST, text.count('.sock'))
        self.assertTrue(text.endswith('; others.'), text)


class PublisherTest(base.TestCase):
    """The warning of a publisher."""

    def setUp(self) -> None:
        super().setUp()
        self.clock = self.new_clock()
        self.where = self.new_directory()
        self.out = self.new_publisher(self.where)

    def bind_datagram(self, name: str) -> str:
        """Return the text about a socket that refuses a connection."""
        path = f'{self.where.path}/{name}'
        other = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(other.close)
        other.bind(path)
        os.chmod(path, 0o640)
        return (
            f'socket {path} (user {os.getuid()}, group {os.getgid()}, '
            'mode 0640)'
        )

    def warnings(self) -> list[str]:
        found = [text for text in self.logged if 'dropped (' in text]
        self.logged.clear()
        return found

    def test_unreachable(self) -> None:
        """The warning names the socket, its owner and its mode."""
        described = self.bind_datagram('me.sock')
        self.out.publish(base.document())
        [warning] = self.warnings()
        self.assertIn('(unreachable: 1)', warning)
        self.assertIn(
            f' Cannot connect to {described}: Protocol wrong type for socket. '
            f'Run: unixnotif doctor {self.where}',
            warning,
        )

    def test_denied(self) -> None:
        """The warning names a socket without write permission, too."""
        described = self.bind_datagram('me.sock')

        def refuse(*_: object) -> None:
            raise PermissionError(13, 'Permission denied')

        self.patch(rendezvous, 'connect', refuse)
        self.out.publish(base.document())
        [warning] = self.warnings()
        self.assertIn('(denied: 1)', warning)
        self.assertIn(
            f' Cannot connect to {described}: Permission denied. '
            f'Run: unixnotif doctor {self.where}',
            warning,
        )

    def test_rate(self) -> None:
        """A warning comes once in an interval, and names current sockets."""
        self.bind_datagram('first.sock')
        for _ in range(3):
            self.out.publish(base.document())
        self.assertEqual(1, len(self.warnings()))
        os.unlink(f'{self.where.path}/first.sock')
        self.bind_datagram('second.sock')
        self.clock.advance(drops.WARN_INTERVAL)
        for _ in range(3):
            self.out.publish(base.document())
        [warning] = self.warnings()
        self.assertIn('/second.sock (user', warning)
        self.assertNotIn('/first.sock (user', warning)
