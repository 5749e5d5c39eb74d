# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The consumer's side: a socket that is ready when publishers see it."""

import os
import pathlib
import socket
import stat
from typing import Any
from unittest import mock

from unixnotif import errors
from unixnotif import packet
from unixnotif import rendezvous
from unixnotif.rendezvous import access
from unixnotif.rendezvous import subscription as subscriptions
from unixnotif.tests import base

OTHER = 65532


class SubscriptionCase(base.TestCase):
    """A directory."""

    def setUp(self) -> None:
        super().setUp()
        self.path = self.new_directory().path
        self.directory = rendezvous.Directory(self.path, listable=True)
        self.addCleanup(self.directory.close)
        # A consumer may have this umask; the mode must not depend on it.
        self.addCleanup(os.umask, os.umask(0o077))

    def subscribe(self, group: str | None = None) -> rendezvous.Subscription:
        made = rendezvous.Subscription(self.directory, group)
        self.addCleanup(made.close)
        return made

    def scan(self) -> list[rendezvous.Name]:
        scan = rendezvous.Scanner(self.directory).scan(lambda: ())
        assert scan is not None
        return scan.names

    def listed(self) -> list[str]:
        """Return the names in this directory that the kernel lists."""
        with open('/proc/net/unix') as table:
            paths = [line.rstrip('\n').rpartition(' ')[2] for line in table]
        parent = f'{self.path}/'
        return [
            path.removeprefix(parent)
            for path in paths
            if path.startswith(parent)
        ]


class SubscriptionTest(SubscriptionCase):
    """A socket in a directory."""

    def test_mode_and_connection(self) -> None:
        """A subscriber has its mode, and publishers can connect."""
        made = self.subscribe()
        self.assertEqual([made.name], os.listdir(self.path))
        self.assertRegex(made.name, rf'^{os.getpid()}-[0-9a-f]{{16}}\.sock$')
        found = os.stat(os.path.join(self.path, made.name))
        self.assertEqual(0o660, stat.S_IMODE(found.st_mode))
        self.assertTrue(stat.S_ISSOCK(found.st_mode))
        self.assertEqual(
            [(made.name, None)], [each[:2] for each in self.scan()]
        )
        sock, stream = rendezvous.connect(self.directory, made.name)
        self.addCleanup(sock.close)
        self.assertFalse(stream)
        sock.send(b'x')
        accepted = packet.accept(made.listener)
        self.addCleanup(accepted.close)
        self.assertEqual(b'x', accepted.recv(2))

    def test_removed_with_the_last_reference(self) -> None:
        """A socket is removed with its last reference, but not by a child."""
        made = rendezvous.Subscription(self.directory)
        held = [made]
        del made

        for fork in os.fork, base.fork_without_hooks:
            self.in_child(held.clear, fork)
            self.assertEqual([held[0].name], os.listdir(self.path))
        held.clear()

        self.assertEqual([], os.listdir(self.path))

    def test_names_are_never_used_twice(self) -> None:
        """No two subscribers have one name, even one after the other."""
        names = set()
        for _ in range(50):
            made = self.subscribe()
            names.add(made.name)
            made.close()
        self.assertEqual(50, len(names))

    def test_members_of_a_group(self) -> None:
        """Each member has a socket of its own, with the group's name."""
        members = {self.subscribe('audit').name for _ in range(2)}
        found = self.scan()
        self.assertEqual(members, {each.text for each in found})
        self.assertEqual({'audit'}, {each.group for each in found})

    def test_group_names(self) -> None:
        """A group name is short, and safe in a file name."""
        for good in ('a', 'audit', 'A.b-c_d', '9', 'a' * 64):
            self.assertEqual(good, rendezvous.check_group(good))
        for bad in ('', '.a', '-a', 'a@b', 'a/b', 'a b', 'é', 'a\n', 'a' * 65):
            e = self.assertRaises(
                errors.AddressError, rendezvous.check_group, bad
            )
            self.assertIn(f'{bad!r} is not a group of consumers', str(e))
            self.assertIn('for example "audit"', str(e))
        self.assertRaises(errors.AddressError, self.subscribe, 'a/b')
        self.assertEqual([], os.listdir(self.path))

    def test_steps(self) -> None:
        """Nobody connects before the socket has its mode and listens."""
        seen: list[Any] = []

        def look(step: str) -> None:
            for name in sorted(os.listdir(self.path)):
                try:
                    rendezvous.connect(self.directory, name)[0].close()
                    connected = True
                except ConnectionRefusedError:
                    connected = False
                mode = os.stat(name, dir_fd=self.directory.fd).st_mode
                seen.append((step, name[0], oct(mode & 0o777), connected))

        for owner, step in (
            (access, '_chmod'),
            (packet.Socket, 'listen'),
            (subscriptions, '_rename'),
        ):
            real = getattr(owner, step)

            def spy(
                *args: Any, step: str = step, real: Any = real, **kwargs: Any
            ) -> None:
                look(step)
                real(*args, **kwargs)

            self.patch(owner, step, spy)
        name = self.subscribe().name
        look('ready')
        self.assertEqual(
            [
                # The umask of this test hides the other bits.
                ('_chmod', '.', '0o600', False),
                ('listen', '.', '0o660', False),
                ('_rename', '.', '0o660', True),
                # Only for the kernel's list of paths.
                ('_rename', name[0], '0o700', False),
                ('ready', name[0], '0o660', True),
            ],
            seen,
        )

    def test_kernel_lists_the_name(self) -> None:
        """The kernel's list of paths has the name, for systemd-tmpfiles."""
        made = self.subscribe()
        self.assertIn(made.name, self.listed())
        made.close()
        self.assertEqual([], self.listed())

    def test_is_lost(self) -> None:
        """A subscriber is lost if publishers cannot find its socket."""
        removed, kept = self.subscribe(), self.subscribe()
        self.assertFalse(removed.is_lost())
        os.unlink(os.path.join(self.path, removed.name))
        self.assertEqual((True, False), (removed.is_lost(), kept.is_lost()))
        os.rename(self.path, f'{self.path}.old')
        self.assertTrue(kept.is_lost())
        os.mkdir(self.path)
        self.assertTrue(kept.is_lost())

    def test_hiding(self) -> None:
        """A hidden subscriber accepts earlier publishers, and no others."""
        made = self.subscribe()
        path = os.path.join(self.path, made.name)
        early, _ = rendezvous.connect(self.directory, made.name)
        os.link(path, f'{path}.link')
        self.addCleanup(early.close)
        early.send(b'x')
        for _ in range(2):
            made.hide()
            self.assertNotIn(made.name, os.listdir(self.path))
            # A publisher that has looked just before.
            self.assertRaises(
                ConnectionRefusedError,
                packet.connect,
                socket.SOCK_SEQPACKET,
                f'{path}.link',
            )
        accepted = packet.accept(made.listener)
        self.addCleanup(accepted.close)
        self.assertEqual(b'x', accepted.recv(2))
        self.assertRaises(BlockingIOError, packet.accept, made.listener)

    def test_abandoned_in_a_child(self) -> None:
        """A child closes its copies; the parent's socket still works."""
        made = self.subscribe()

        def child() -> int:
            before = base.descriptors_before()
            made.abandon()
            made.abandon()
            return before - base.open_descriptors()

        self.assertEqual(2, self.in_child(child))
        self.assertEqual([made.name], os.listdir(self.path))
        rendezvous.connect(self.directory, made.name)[0].close()
        packet.accept(made.listener).close()

    def test_numbers_of_other_files(self) -> None:
        """A subscriber closes no file that has got one of its numbers."""
        made = self.subscribe()
        assert made._namesake is not None
        numbers = (made.listener.fileno(), made._namesake.fileno())
        with open(os.devnull) as null:
            expected = os.fstat(null.fileno())
            for number in numbers:
                os.dup2(null.fileno(), number)
                self.addCleanup(os.close, number)
        made.close()
        for number in numbers:
            self.assertTrue(os.path.samestat(expected, os.fstat(number)))

    def test_leaving(self) -> None:
        """A subscriber removes its own socket; closing twice is allowed."""
        before = base.descriptors_before()
        one, other = self.subscribe(), self.subscribe()
        for _ in range(2):
            one.close()
            self.assertEqual([other.name], os.listdir(self.path))
        other.close()
        self.assertEqual(before, base.open_descriptors())

    def test_leaving_a_directory_that_is_gone(self) -> None:
        """A subscriber can leave a directory that somebody removed."""
        made = self.subscribe()
        os.unlink(os.path.join(self.path, made.name))
        os.rmdir(self.path)
        made.close()

    def test_directory_that_is_gone(self) -> None:
        """Nobody can subscribe in a removed directory."""
        os.rmdir(self.path)
        before = base.descriptors_before()
        e = self.assertRaises(errors.UnavailableError, self.subscribe)
        self.assertIn(f'directory {self.path}: No such file', str(e))
        self.assertEqual(before, base.open_descriptors())

    #: What a subscriber does, in order.
    STEPS: tuple[tuple[Any, str], ...] = (
        (packet.Socket, 'bind'),
        (access, '_chmod'),
        (packet.Socket, 'listen'),
        (packet, 'bind_namesake'),
        (subscriptions, '_stat'),
        (subscriptions, '_rename'),
    )

    def assert_nothing_left(self, owner: Any, step: str, spy: Any) -> None:
        """Subscribe with a step that raises."""
        before = base.descriptors_before()
        expected = (errors.UnavailableError, KeyboardInterrupt)
        with mock.patch.object(owner, step, spy):
            e = self.assertRaises(expected, self.subscribe)
        if isinstance(e, errors.UnavailableError):
            self.assertIn('No space left on device', str(e))
        # The traceback refers to sockets.
        del e
        self.assertEqual([], os.listdir(self.path), step)
        self.assertEqual(before, base.open_descriptors(), step)

    def test_failure(self) -> None:
        """A subscriber that fails at any step leaves nothing behind."""

        def fail(*args: Any, **kwargs: Any) -> None:
            raise OSError(28, 'No space left on device')

        for owner, step in self.STEPS:
            self.assert_nothing_left(owner, step, fail)

    def test_interruption(self) -> None:
        """A signal handler that raises after a step leaves nothing behind."""
        for owner, step in self.STEPS:
            real = getattr(owner, step)

            def interrupt(*args: Any, real: Any = real, **kwargs: Any) -> None:
                real(*args, **kwargs)
                raise KeyboardInterrupt

            self.assert_nothing_left(owner, step, interrupt)

    def test_no_descriptor_left(self) -> None:
        """Without free descriptors nobody can subscribe."""

        def child() -> str:
            texts = set()
            # One for the socket, one for its namesake.
            for spare in (0, 1):
                with base.no_more_descriptors(spare):
                    try:
                        rendezvous.Subscription(self.directory)
                        texts.add('subscribed')
                    except errors.UnavailableError as e:
                        texts.add(str(e))
            (text,) = texts
            return text

        self.assertIn('Too many open files', self.in_child(child))
        self.assertEqual([], os.listdir(self.path))

    @base.as_root
    def test_members_of_the_group_may_subscribe_and_nobody_else(self) -> None:
        """The mode of the directory decides; sockets have its group."""
        os.chown(self.path, -1, 77)
        os.chmod(self.path, 0o3770)

        def child() -> list[str]:
            found = []
            for gid in (77, 78):
                os.chdir(self.path)
                self.directory.path = '.'
                with base.as_user(OTHER, gid):
                    try:
                        made = rendezvous.Subscription(self.directory)
                    except errors.UnavailableError as e:
                        found.append(str(e))
                        continue
                status = os.stat(made.name)
                found.append(f'{status.st_uid} {status.st_gid}')
                found.append(oct(stat.S_IMODE(status.st_mode)))
                made.close()
            return found

        one, mode, other = self.in_child(child)
        self.assertEqual((f'{OTHER} 77', '0o660'), (one, mode))
        self.assertIn('Permission denied', other)
        self.assertIn(f'user {OTHER} with groups 78', other)

    def test_kind(self) -> None:
        """The socket takes records, and does not wait."""
        made = self.subscribe()
        self.assertEqual(
            socket.SOCK_SEQPACKET,
            made.listener.getsockopt(socket.SOL_SOCKET, socket.SO_TYPE),
        )
        self.assertRaises(BlockingIOError, packet.accept, made.listener)


class ExchangeTest(SubscriptionCase):
    """A directory whose owner exchanges names."""

    def setUp(self) -> None:
        super().setUp()
        self.victim = pathlib.Path(self.new_directory().path, 'victim')
        self.victim.write_text('secret')
        self.victim.chmod(0o600)

    def test_link_after_the_bind(self) -> None:
        """A link in place of the new socket is an error; its target stays."""
        real = packet.Socket.bind

        def bind(sock: packet.Socket, path: str) -> None:
            real(sock, path)
            os.unlink(path)
            os.symlink(self.victim, path)

        found = self.victim.stat()
        before = base.descriptors_before()
        self.patch(packet.Socket, 'bind', bind)
        e = self.assertRaises(errors.UnavailableError, self.subscribe)
        self.assertIn(f'in directory {self.path} during its creation', str(e))
        del e
        self.assertEqual(found, self.victim.stat())
        self.assertEqual([], os.listdir(self.path))
        self.assertEqual(before, base.open_descriptors())

    def test_link_at_the_chmod(self) -> None:
        """A link that appears between check and change leads to no change."""
        real = access._chmod

        def chmod(*args: Any, **kwargs: Any) -> None:
            [hidden] = os.listdir(self.path)
            os.unlink(f'{self.path}/{hidden}')
            os.symlink(self.victim, f'{self.path}/{hidden}')
            real(*args, **kwargs)

        found = self.victim.stat()
        self.patch(access, '_chmod', chmod)
        self.subscribe()
        self.assertEqual(found, self.victim.stat())

    def test_directory(self) -> None:
        """A socket that is bound elsewhere is removed."""
        for step in (1, 2):
            path = self.path
            os.mkdir(f'{path}/{step}')
            self.directory = rendezvous.Directory(f'{path}/{step}')
            self.addCleanup(self.directory.close)
            self.path = self.directory.path
            real = packet.Socket.bind
            calls: list[str] = []

            def bind(
                sock: packet.Socket,
                path: str,
                real: Any = real,
                step: int = step,
                calls: list[str] = calls,
            ) -> None:
                calls.append(path)
                if len(calls) == step:
                    os.rename(self.path, f'{self.path}.old')
                    os.mkdir(self.path)
                real(sock, path)

            with mock.patch.object(packet.Socket, 'bind', bind):
                self.assertRaises(errors.MissingError, self.subscribe)
            self.assertEqual([], os.listdir(self.path))
            self.path = path

    def test_exchanged_later(self) -> None:
        """A subscriber removes no other file than its own socket."""
        for leave in (
            rendezvous.Subscription.hide,
            rendezvous.Subscription.close,
        ):
            made = self.subscribe()
            path = os.path.join(self.path, made.name)
            os.rename(path, f'{path}.moved')
            pathlib.Path(path).touch()
            leave(made)
            self.assertTrue(os.path.isfile(path))

    @base.as_root
    def test_after_a_change_of_the_user(self) -> None:
        """A service that root has started subscribes like any other."""
        os.chmod(self.path, 0o3777)

        def child() -> list[str]:
            os.chdir(self.path)
            self.directory.path = '.'
            base.become_user(OTHER)
            made = rendezvous.Subscription(self.directory)
            status = os.stat(made.name)
            made.close()
            return [oct(status.st_mode & 0o777), *os.listdir('.')]

        # The umask of this test hides some bits at first.
        self.assertEqual(['0o660'], self.in_child(child))
