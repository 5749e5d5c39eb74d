# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Connecting to the owner of an address, as a reader."""

import itertools
import os
import socket
from typing import Any

from unixnotif import errors
from unixnotif import packet
from unixnotif.listening import reader
from unixnotif.tests import base
from unixnotif.tests.unit.listening import test_listener
from unixnotif.tests.unit.publisher import scenes

OTHER = 65532


class ReaderTest(test_listener.ListeningTest):
    """Connecting as a reader."""

    def assert_refused(self, text: str, path: str | None = None) -> None:
        path = path or self.path
        before = base.descriptors_before()
        e = self.assertRaises(errors.UnavailableError, reader.connect, path)
        self.assertIn(f'socket {path}: {text}', str(e))
        self.assertEqual(before, base.open_descriptors())

    def test_connection(self) -> None:
        """A connection is a packet.Socket, and does not block."""
        self.listen()
        sock, file_id = reader.connect(self.path)
        self.addCleanup(sock.close)
        self.assertIsInstance(sock, packet.Socket)
        found = os.stat(self.path)
        self.assertEqual((found.st_dev, found.st_ino), file_id)
        self.assertEqual(0.0, sock.gettimeout())
        self.assertEqual(os.getpid(), packet.peer(sock).pid)
        self.assertRaises(BlockingIOError, sock.recv, 1)

    def test_nobody_listens(self) -> None:
        """Without a file, or with a stale one, there is no listener."""
        self.assert_refused('no driver listens there (yet)')
        self.bind_foreign(socket.SOCK_STREAM).close()
        self.assert_refused('no driver listens there (yet)')

    def replace_at_connect(self, times: int) -> list[Any]:
        """Have the socket replaced before each of the next connects.

        :returns: the listeners that come
        """
        real = packet.Socket.connect
        listeners: list[Any] = []

        def connect(sock: packet.Socket, path: str) -> None:
            if len(listeners) < times:
                # The old listener still lives, so its inode is not reused.
                os.unlink(self.path)
                listeners.append(self.bind_foreign(socket.SOCK_STREAM))
            real(sock, path)

        self.patch(packet.Socket, 'connect', connect)
        return listeners

    def test_socket_that_is_replaced(self) -> None:
        """The connection and the file belong together."""
        for times in (1, 2):
            self.bind_foreign(socket.SOCK_STREAM)
            listeners = self.replace_at_connect(times)
            sock, file_id = reader.connect(self.path)
            self.addCleanup(sock.close)
            found = os.stat(self.path)
            self.assertEqual((found.st_dev, found.st_ino), file_id)
            # The newest one has the connection.
            last = packet.accept(listeners[-1])
            self.addCleanup(last.close)
            sock.send(b'x')
            self.assertEqual(b'x', last.recv(2))
            os.unlink(self.path)

    def test_endless_replacement(self) -> None:
        """After some attempts there is no listener."""
        self.bind_foreign(socket.SOCK_STREAM)
        self.replace_at_connect(100)
        before = base.descriptors_before()
        e = self.assertRaises(errors.MissingError, reader.connect, self.path)
        self.assertIn(
            f'socket {self.path}: another process replaced the socket during '
            'each of 3 attempts',
            str(e),
        )
        # Only the listeners are new.
        self.assertEqual(before + 3, base.open_descriptors())

    def test_symbolic_link(self) -> None:
        """A connection through a link has the file id of the socket."""
        self.listen()
        link = os.path.join(self.where.path, 'link')
        os.symlink('s.sock', link)
        sock, file_id = reader.connect(link)
        self.addCleanup(sock.close)
        self.assertEqual(self.inode(), file_id[1])

    @base.as_root
    def test_without_proc(self) -> None:
        """A reader in a chroot connects by the name of the socket."""
        owner = self.listen()

        def child() -> bool:
            os.chroot(self.where.path)
            os.chdir('/')
            sock, file_id = reader.connect('/s.sock')
            sock.close()
            return file_id[1] == os.stat('/s.sock').st_ino

        self.assertTrue(self.in_child(child))
        self.assertTrue(owner.waiting())

    def test_interruption(self) -> None:
        """Wherever a signal handler raises, no handle stays open."""
        self.listen()
        before = base.descriptors_before()
        for position in itertools.count():
            place = scenes.call_interrupted(
                lambda: reader.connect(self.path)[0].close(), position
            )
            # The directory stays open if nobody has it yet.
            spare = base.open_descriptors() - before
            self.assertLessEqual(spare, 1, place)
            before += spare
            if place is None:
                break
        self.assertGreater(position, 20)

    def test_full_backlog(self) -> None:
        """The error says that too many readers wait."""
        self.bind_foreign(socket.SOCK_STREAM, 0)
        self.connect().close()
        self.assertRaises(errors.MissingError, reader.connect, self.path)
        self.assert_refused(
            'too many readers wait to be accepted; the driver accepts them '
            'when its service emits'
        )

    def test_another_kind_of_socket(self) -> None:
        """A SOCK_SEQPACKET socket, as consumers have, is refused."""
        self.bind_foreign(socket.SOCK_SEQPACKET)
        self.assert_refused('Protocol wrong type for socket')

    def test_missing_directory(self) -> None:
        """The error names the directory."""
        path = os.path.join(self.where.path, 'nova', 's.sock')
        e = self.assertRaises(errors.UnavailableError, reader.connect, path)
        self.assertIn(f'directory {os.path.dirname(path)}', str(e))

    def test_no_descriptor_left(self) -> None:
        """Without free descriptors, connecting fails."""
        self.listen()

        def child() -> list[str]:
            texts = []
            for spare in (0, 1):
                with base.no_more_descriptors(spare):
                    try:
                        reader.connect(self.path)
                    except errors.UnavailableError as e:
                        texts.append(str(e))
            return texts

        for text in self.in_child(child):
            self.assertIn('Too many open files', text)

    @base.as_root
    def test_permissions(self) -> None:
        """A process that may not write to the socket cannot connect."""
        self.listen(0o660, 77)

        def child() -> list[str]:
            os.chmod(self.where.path, 0o711)
            os.chdir(self.where.path)
            texts = []
            for gid in (77, 78):
                with base.as_user(OTHER, gid):
                    try:
                        reader.connect('./s.sock')[0].close()
                        texts.append('connected')
                    except errors.UnavailableError as e:
                        texts.append(str(e))
            return texts

        self.assertEqual(
            ['connected', 'socket ./s.sock: Permission denied'],
            self.in_child(child),
        )
