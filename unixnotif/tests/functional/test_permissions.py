# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Rights to emit and to subscribe: users, groups and modes of the kernel.

Rule: real users, in children of root that give their rights up for good.
"""

import _socket
from collections.abc import Callable
import ctypes
import functools
import os
import pathlib
import stat
import sys
from typing import Any

import fixtures

from unixnotif import consumer
from unixnotif import errors
from unixnotif.tests import base as common
from unixnotif.tests.functional import base
from unixnotif.tests.functional.programs import service

# Numbers are enough; nobody needs to have an account.
_SERVICE, _READER, _SECOND_READER, _OTHER = range(61001, 61005)
_READERS = 61100
_MEMBERS = (_SERVICE, _READER, _SECOND_READER)

_PR_SET_DUMPABLE = 4


def _become(uid: int) -> None:
    """Become a user for good, as if this user had started the program."""
    os.setgroups([_READERS] if uid in _MEMBERS else [])
    os.setgid(uid)
    os.setuid(uid)
    # A change of the user clears this flag (prctl(2)). A program that starts
    # afterwards has it, and may read its own /proc/self.
    ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 1, 0, 0, 0)


def _as_user(uid: int, function: Callable[[], Any]) -> common.Child:
    """Call a function in a child of another user."""

    def become_and_call() -> Any:
        _become(uid)
        return function()

    return common.Child(become_and_call)


def _try_subscribing(uri: str) -> str:
    """Subscribe; return the outcome."""
    try:
        with consumer.Consumer(uri):
            return 'subscribed'
    except errors.UnavailableError as e:
        return str(e)


def _try_connecting(path: str) -> bool:
    """Connect as any program could, whatever the kind of socket."""
    for kind in (_socket.SOCK_SEQPACKET, _socket.SOCK_STREAM):
        sock = _socket.socket(_socket.AF_UNIX, kind)
        try:
            sock.connect(path)
        except OSError:
            continue
        finally:
            sock.close()
        return True
    return False


class PermissionsCase(base.TestCase):
    """A public directory, in which the service has one of its own."""

    def setUp(self) -> None:
        super().setUp()
        if os.geteuid():
            self.skipTest('changing the user needs root')
        self.top = self._make_public()
        self.home = self.top / 'service'
        self.home.mkdir()
        os.chown(self.home, _SERVICE, _SERVICE)
        self.home.chmod(0o755)
        self.rendezvous = f'unix+dir://{self.home}/rendezvous'
        self.socket = f'unix://{self.home}/service.sock'
        # Import all modules now: another user may not be able to read them.
        notifier = self.new_notifier(f'unix+dir://{self.top}/first')
        with consumer.Consumer(f'unix+dir://{self.top}/first') as source:
            notifier.info({}, 'test.event', {})
            source.receive(0)

    def _make_public(self) -> pathlib.Path:
        """Return a temporary directory that every user can reach."""
        for root in (None, '/tmp', '/var/tmp', '/dev/shm'):
            place = self.useFixture(fixtures.TempDir(root)).path
            os.chmod(place, 0o755)
            if _as_user(
                _OTHER, functools.partial(os.path.isdir, place)
            ).result():
                return pathlib.Path(os.path.realpath(place))
        self.skipTest('no temporary directory can be reached by all users')
        raise AssertionError  # for mypy: skipTest does not return

    def configure(self, uri: str, **options: Any) -> str:
        """Write a configuration that lets the group of readers subscribe."""
        options.setdefault('socket_group', _READERS)
        return self.write_config(uri, **options)

    def mode_of(self, path: pathlib.Path) -> tuple[int, int, int]:
        """Return owner, group and mode of a file."""
        found = path.stat()
        return found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode)


class TestDirectory(PermissionsCase):
    """A rendezvous directory that the driver creates."""

    def setUp(self) -> None:
        super().setUp()
        self.path = self.home / 'rendezvous'

    def _open(self, **options: Any) -> None:
        """Let the service make the directory, under the widest umask."""
        config = self.configure(self.rendezvous, **options)

        def make() -> None:
            os.umask(0)
            service.make_notifier(config)

        _as_user(_SERVICE, make).result()

    def test_modes(self) -> None:
        """The directory has the group and the mode that were asked for."""
        for socket_mode, expected in (
            ('0600', 0o3700),
            ('0660', 0o3770),
            ('0666', 0o3777),
        ):
            with self.subTest(socket_mode):
                self._open(socket_mode=socket_mode)
                self.assertEqual(
                    (_SERVICE, _READERS, expected), self.mode_of(self.path)
                )
                self.path.rmdir()

    def test_a_member_of_the_group_receives(self) -> None:
        """A user of the group subscribes, and gets what is emitted."""
        self._open()
        subscribed, say = os.pipe()

        def receive() -> Any:
            os.umask(0)
            with consumer.Consumer(self.rendezvous) as source:
                [mine] = self.path.iterdir()
                os.write(say, b'.')
                received = source.receive(60)
            assert received is not None
            assert received.sender is not None
            sender = received.sender
            return [
                self.mode_of(mine) if mine.exists() else None,
                [received.payload, sender.uid, sender.gid],
            ]

        child = _as_user(_READER, receive)
        os.close(say)
        self.assertEqual(b'.', os.read(subscribed, 1))
        os.close(subscribed)
        [name] = self.path.iterdir()
        self.assertEqual((_READER, _READERS, 0o660), self.mode_of(name))
        # Nobody else can reach it, and no other member can remove it.
        for uid, expected in ((_OTHER, False), (_SECOND_READER, True)):
            reached = _as_user(uid, lambda: _try_connecting(str(name)))
            self.assertEqual(expected, reached.result())
        self.assertIn(
            'PermissionError',
            _as_user(_SECOND_READER, lambda: _removed(name)).result(),
        )
        config = self.configure(self.rendezvous)
        _as_user(
            _SERVICE,
            lambda: service.make_notifier(config).info({}, 'e', 'hello'),
        ).result()
        gone, received = child.result()
        self.assertIsNone(gone)
        self.assertEqual(['hello', _SERVICE, _SERVICE], received)

    def test_others_are_refused(self) -> None:
        """The error names the refused user and the permitted ones."""
        self._open()
        outcome = _as_user(
            _OTHER, lambda: _try_subscribing(self.rendezvous)
        ).result()
        self.assertIn('Permission denied', outcome)
        self.assertIn(f'user {_OTHER}', outcome)
        self.assertEqual([], list(self.path.iterdir()))

    def test_world(self) -> None:
        """With mode 0666 every user may subscribe."""
        self._open(socket_mode='0666')
        outcome = _as_user(_OTHER, lambda: _try_subscribing(self.rendezvous))
        self.assertEqual('subscribed', outcome.result())

    def test_a_group_that_is_not_ours(self) -> None:
        """The service creates nothing for a group that it may not use."""
        for group, why in (
            (61999, 'Operation not permitted'),
            ('no-such-group', 'no-such-group'),
        ):
            for uri in (self.rendezvous, self.socket):
                with self.subTest(uri, group=group):
                    config = self.configure(uri, socket_group=group)
                    emit = functools.partial(_log_of_emitting, config)
                    for _ in range(2):
                        logged = _as_user(_SERVICE, emit).result()
                        self.assertIn(why, logged)
                    self.assertEqual([], list(self.home.glob('[!.]*')))


class TestSocket(PermissionsCase):
    """The socket of a unix:// address."""

    def _check(self, socket_mode: str, may: dict[int, bool]) -> None:
        config = self.configure(self.socket, socket_mode=socket_mode)
        ready, say = os.pipe()
        wait, stop = os.pipe()

        def serve() -> None:
            os.close(stop)
            os.umask(0)
            notifier = service.make_notifier(config)
            os.write(say, b'.')
            os.read(wait, 1)
            notifier.info({}, 'test.event', {})

        child = _as_user(_SERVICE, serve)
        for fd in (say, wait):
            os.close(fd)
        self.assertEqual(b'.', os.read(ready, 1))
        self.assertEqual(
            (_SERVICE, _READERS, int(socket_mode, 8)),
            self.mode_of(self.home / 'service.sock'),
        )
        outcomes = {
            uid: _as_user(uid, lambda: _try_subscribing(self.socket)).result()
            for uid in may
        }
        for fd in (ready, stop):
            os.close(fd)
        child.result()
        for uid, allowed in may.items():
            wanted = 'subscribed' if allowed else 'Permission denied'
            self.assertIn(wanted, outcomes[uid])

    def test_group(self) -> None:
        """With mode 0660 the group may, and others may not."""
        self._check('0660', {_SERVICE: True, _READER: True, _OTHER: False})

    def test_owner_alone(self) -> None:
        """With mode 0600 not even the group may."""
        self._check('0600', {_SERVICE: True, _READER: False, _OTHER: False})

    def test_world(self) -> None:
        """With mode 0666 every user may."""
        self._check('0666', {_READER: True, _OTHER: True})


class TestNoInstant(PermissionsCase):
    """Permissions are never wider than configured, not even briefly.

    The tests look before each system call that changes a file.
    """

    _CALLS = ('os.chmod', 'os.chown', 'os.rename', 'os.remove')

    def _watch(
        self, function: Callable[[], None], mode: int
    ) -> tuple[int, list[str]]:
        """Return the number of calls, and the wider modes before them."""
        seen = 0
        wide: list[str] = []

        def look(event: str, args: tuple[Any, ...]) -> None:
            nonlocal seen
            if event in self._CALLS:
                seen += 1
                for path in self.home.iterdir():
                    if _is_too_wide(path, mode):
                        wide.append(f'{path} before {event}{args}')

        os.umask(0)
        # The patch stays: this process is a child.
        sys.addaudithook(look)
        function()
        return seen, wide

    def _check(self, function: Callable[[], None], mode: int) -> None:
        watch = functools.partial(self._watch, function, mode)
        seen, wide = _as_user(_SERVICE, watch).result()
        self.assertEqual([], wide)
        self.assertGreaterEqual(seen, 2)

    def test_socket(self) -> None:
        """The driver's socket never has a wider mode than configured."""
        config = self.configure(self.socket)
        self._check(lambda: service.make_notifier(config), 0o660)

    def test_directory(self) -> None:
        """The driver's directory never has a wider mode than configured."""
        config = self.configure(self.rendezvous)
        self._check(lambda: service.make_notifier(config), 0o770)

    def test_subscription(self) -> None:
        """A subscriber's socket in a public directory has no wider mode."""
        os.chown(self.home, _SERVICE, _READERS)
        self.home.chmod(0o3777)

        def subscribe() -> None:
            with consumer.Consumer(f'unix+dir://{self.home}'):
                pass

        self._check(subscribe, 0o660)


def _is_too_wide(path: pathlib.Path, mode: int) -> bool:
    """Return True if a file grants rights that it must not grant."""
    found = path.lstat()
    # The group's rights are the right group's.
    allowed = mode if found.st_gid == _READERS else mode & 0o700
    if not found.st_mode & 0o777 & ~allowed:
        return False
    # A socket on which nobody listens refuses everybody.
    return path.is_dir() or _try_connecting(str(path))


def _log_of_emitting(config: str) -> str:
    """Emit, and return the log of the driver."""
    with fixtures.FakeLogger('unixnotif') as log:
        service.make_notifier(config).info({}, 'test.event', {})
        return str(log.output)


def _removed(path: pathlib.Path) -> str:
    """Try to remove a file; return the outcome."""
    try:
        path.unlink()
    except OSError as e:
        return repr(e)
    return 'removed'
