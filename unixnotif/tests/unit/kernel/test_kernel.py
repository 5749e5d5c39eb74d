# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""System calls: both ways to make them have the same results."""

from collections.abc import Iterator
import errno
import importlib
import os
import socket
import sys
from types import ModuleType
from unittest import mock

from unixnotif import kernel
from unixnotif.kernel import held
from unixnotif.kernel import released
from unixnotif.tests import base

WAYS: tuple[ModuleType, ...] = (held, released)


class KernelCase(base.TestCase):
    """A pair of connected sockets for each way."""

    def pairs(
        self, kind: int = socket.SOCK_SEQPACKET
    ) -> Iterator[tuple[ModuleType, socket.socket, socket.socket]]:
        for way in WAYS:
            near, far = socket.socketpair(socket.AF_UNIX, kind)
            self.addCleanup(near.close)
            self.addCleanup(far.close)
            yield way, near, far


class ChoiceTest(KernelCase):
    """The way that this process uses."""

    def test_library_is_used(self) -> None:
        """On this system, this process uses the calls that hold the GIL."""
        self.assertIs(held.send, kernel.send)
        self.assertIs(held.Watch, kernel.Watch)

    def test_missing_function(self) -> None:
        """A library without one of the functions is not used."""

        class Library:
            def __init__(self, *args: object, **kwargs: object) -> None:
                """Has no function."""

        with (
            mock.patch('ctypes.PyDLL', Library),
            mock.patch.dict(sys.modules),
        ):
            del sys.modules[held.__name__]
            self.assertRaises(
                ImportError, importlib.import_module, held.__name__
            )

    def test_other_layout(self) -> None:
        """A library with another struct stat is not used."""
        found = kernel.Status(1, 2, 3)
        self.patch(released, 'stat', lambda path: found)
        self.assertRaises(ImportError, held.check)


class StatusTest(KernelCase):
    """The status of files."""

    def test_equal(self) -> None:
        """Both ways find what the standard library finds."""
        path = os.path.join(self.new_directory().path, 'é b')
        with open(path, 'wb') as file:
            found = os.fstat(file.fileno())
            expected = (found.st_dev, found.st_ino, found.st_ctime_ns)
            for way in WAYS:
                self.assertEqual(expected, way.fstat(file.fileno()))
                self.assertEqual(expected, way.stat(path))

    def test_errors(self) -> None:
        """A failure is the exception that Python has for it."""
        with open(os.devnull) as file:
            closed = file.fileno()
        for way in WAYS:
            missing = self.assertRaises(
                FileNotFoundError, way.stat, '/nowhere'
            )
            self.assertEqual(errno.ENOENT, missing.errno)
            self.assertRaises(NotADirectoryError, way.stat, '/dev/null/x')
            e = self.assertRaises(OSError, way.fstat, closed)
            self.assertEqual(errno.EBADF, e.errno)

    def test_watch(self) -> None:
        """A stamp has the inode, and the time of the last change."""
        where = self.new_directory().path
        fd = os.open(where, os.O_RDONLY)
        self.addCleanup(os.close, fd)
        for way in WAYS:
            watch = way.Watch(fd)
            stamp = watch.stamp()
            self.assertEqual(stamp, watch.stamp())
            status = os.fstat(fd)
            ino, seconds, nanoseconds = stamp
            self.assertEqual(status.st_ino, ino)
            self.assertEqual(status.st_ctime_ns, seconds * 10**9 + nanoseconds)
            os.chmod(where, 0o700)
            os.utime(where, ns=(0, 0))
            self.assertEqual(kernel.Watch(fd).stamp(), watch.stamp())

    def test_watch_of_a_closed_descriptor(self) -> None:
        """A watch raises the exception of fstat(2)."""
        for way in WAYS:
            fd = os.open('/', os.O_RDONLY)
            watch = way.Watch(fd)
            os.close(fd)
            e = self.assertRaises(OSError, watch.stamp)
            self.assertEqual(errno.EBADF, e.errno)


class SendTest(KernelCase):
    """Documents on their way."""

    def test_note(self) -> None:
        """Each document that the kernel took has a note."""
        for way, near, far in self.pairs():
            sent: list[int] = []
            for data in b'one', b'\0two\0':
                way.send(near, data, sent)
                self.assertEqual(data, far.recv(100))
            self.assertEqual([3, 5], sent)

    def test_many(self) -> None:
        """One list can note the sizes of many sends."""
        for way, near, far in self.pairs():
            sent: list[int] = []
            for number in range(100):
                way.send(near, b'x' * (number + 1), sent)
                self.assertEqual(number + 1, len(far.recv(1000)))
            self.assertEqual(list(range(1, 101)), sent)

    def test_full(self) -> None:
        """A full buffer refuses at once, and leaves no note."""
        for way, near, _ in self.pairs():
            sent: list[int] = []
            for _ in range(100_000):
                try:
                    way.send(near, b'x' * 10_000, sent)
                except BlockingIOError:
                    break
            self.assertNotEqual([], sent)
            self.assertEqual({10_000}, set(sent))
            before = len(sent)
            self.assertRaises(BlockingIOError, way.send, near, b'x', sent)
            self.assertEqual(before, len(sent))

    def test_part(self) -> None:
        """The note tells how much of a line the kernel took."""
        for way, near, far in self.pairs(socket.SOCK_STREAM):
            sent: list[int] = []
            data = b'x' * 10_000_000
            way.send(near, data, sent)
            (size,) = sent
            self.assertLess(size, len(data))
            near.close()
            received = 0
            while chunk := far.recv(1 << 20):
                received += len(chunk)
            self.assertEqual(size, received)

    def test_errors(self) -> None:
        """A failure is the exception that Python has for it."""
        for way, near, far in self.pairs():
            sent: list[int] = []
            e = self.assertRaises(
                OSError, way.send, near, b'x' * 50_000_000, sent
            )
            self.assertEqual(errno.EMSGSIZE, e.errno)
            far.close()
            self.assertRaises(BrokenPipeError, way.send, near, b'x', sent)
            near.close()
            e = self.assertRaises(OSError, way.send, near, b'x', sent)
            self.assertEqual(errno.EBADF, e.errno)
            self.assertEqual([], sent)

    def test_unread(self) -> None:
        """The kernel knows whether the peer has read everything."""
        for way, near, far in self.pairs():
            self.assertEqual(0, way.unread(near.fileno()))
            near.send(b'x' * 1000)
            self.assertGreaterEqual(way.unread(near.fileno()), 1000)
            far.recv(2000)
            self.assertEqual(0, way.unread(near.fileno()))

    def test_unread_of_other_files(self) -> None:
        """A descriptor of a file that is not a socket is an error."""
        with open(os.devnull) as file:
            for way in WAYS:
                e = self.assertRaises(OSError, way.unread, file.fileno())
                self.assertEqual(errno.ENOTTY, e.errno)


class ReadinessTest(KernelCase):
    """A question before each notification at a listening socket."""

    def test_readable(self) -> None:
        """A descriptor is readable while there is something to read."""
        for way, near, far in self.pairs():
            readiness = way.Readiness(near.fileno())
            self.assertFalse(readiness.is_readable())
            far.send(b'x')
            self.assertTrue(readiness.is_readable())
            near.recv(10)
            self.assertFalse(readiness.is_readable())
            near.close()
            self.assertTrue(readiness.is_readable())


class EventletTest(base.TestCase):
    def test_import_after_monkey_patch(self) -> None:
        """An import after eventlet.monkey_patch() works."""
        done = base.run_python(
            'import warnings; warnings.simplefilter("ignore")\n'
            'import eventlet; eventlet.monkey_patch()\n'
            'import os, unixnotif\n'
            'from unixnotif.kernel import held, released\n'
            'reader, writer = os.pipe()\n'
            'for each in held, released:\n'
            '    print(each.Readiness(reader).is_readable())\n'
        )
        self.assertEqual('False\nFalse', done.stdout.strip()[-11:])
