#    Licensed under the Apache License, Version 2.0 (the "License"); you may
#    not use this file except in compliance with the License. You may obtain
#    a copy of the License at
#
#         http://www.apache.org/licenses/LICENSE-2.0
#
#    Unless required by applicable law or agreed to in writing, software
#    distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
#    WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
#    License for the specific language governing permissions and limitations
#    under the License.

"""The consumer's side: one's own socket, ready when it can be seen."""

import os
import socket
import stat
from typing import Any

from unixnotif import errors
from unixnotif import packet
from unixnotif import rendezvous
from unixnotif.tests import base

OTHER = 65532


class SubscriptionTest(base.TestCase):
    """A socket in a directory."""

    def setUp(self) -> None:
        super().setUp()
        self.path = self.new_directory().path
        self.directory = rendezvous.Directory(self.path, listable=True)
        self.addCleanup(self.directory.close)
        # What a consumer's process may have; it must not matter.
        self.addCleanup(os.umask, os.umask(0o077))

    def subscribe(self, group: str | None = None) -> rendezvous.Subscription:
        made = rendezvous.Subscription(self.directory, group)
        self.addCleanup(made.close)
        return made

    def test_publishers_find_it(self) -> None:
        """It is there, has its mode, and can be connected to."""
        made = self.subscribe()
        self.assertEqual([made.name], os.listdir(self.path))
        self.assertRegex(made.name, rf'^{os.getpid()}-[0-9a-f]{{16}}\.sock$')
        found = os.stat(os.path.join(self.path, made.name))
        self.assertEqual(0o660, stat.S_IMODE(found.st_mode))
        self.assertTrue(stat.S_ISSOCK(found.st_mode))
        self.assertEqual(
            [(made.name, None)], rendezvous.Scanner(self.directory).scan()
        )
        sock, stream = rendezvous.connect(self.directory, made.name)
        self.addCleanup(sock.close)
        self.assertFalse(stream)
        sock.send(b'x')
        accepted = packet.accept(made.listener)
        self.addCleanup(accepted.close)
        self.assertEqual(b'x', accepted.recv(2))

    def test_names_are_never_used_twice(self) -> None:
        """Not even one after the other."""
        names = set()
        for _ in range(50):
            made = self.subscribe()
            names.add(made.name)
            made.close()
        self.assertEqual(50, len(names))

    def test_members_of_a_group(self) -> None:
        """The group is in the name; each has a socket of its own."""
        members = {self.subscribe('audit').name for _ in range(2)}
        found = rendezvous.Scanner(self.directory).scan()
        assert found is not None
        self.assertEqual(members, {each.text for each in found})
        self.assertEqual({'audit'}, {each.group for each in found})

    def test_group_names(self) -> None:
        """What can be told from a unique name, and is easy to write."""
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

    def test_nobody_sees_it_before_it_is_ready(self) -> None:
        """Under its dot-name it first gets its mode, and then listens."""
        seen: list[Any] = []

        def look(step: str) -> None:
            (name,) = os.listdir(self.path)
            mode = os.stat(name, dir_fd=self.directory.fd).st_mode
            try:
                rendezvous.connect(self.directory, name)[0].close()
                connected = True
            except ConnectionRefusedError:
                connected = False
            scanned = rendezvous.Scanner(self.directory).scan()
            seen.append(
                (step, name[0], stat.S_IMODE(mode), connected, scanned)
            )

        for step in ('chmod', 'rename'):
            real = getattr(os, step)

            def spy(
                *args: Any, step: str = step, real: Any = real, **kwargs: Any
            ) -> None:
                look(f'before {step}')
                real(*args, **kwargs)

            self.patch(os, step, spy)
        self.subscribe()
        self.assertEqual(
            [
                ('before chmod', '.', 0o700, False, []),
                ('before rename', '.', 0o660, True, []),
            ],
            seen,
        )

    def test_leaving(self) -> None:
        """Its socket is gone and nobody else's is; twice is allowed."""
        one, other = self.subscribe(), self.subscribe()
        for _ in range(2):
            one.close()
            self.assertEqual([other.name], os.listdir(self.path))
        self.assertEqual(-1, one.listener.fileno())

    def test_leaving_a_directory_that_is_gone(self) -> None:
        """It is no error."""
        made = self.subscribe()
        os.unlink(os.path.join(self.path, made.name))
        os.rmdir(self.path)
        made.close()

    def test_directory_that_is_gone(self) -> None:
        """It cannot be subscribed in, and nothing stays open."""
        os.rmdir(self.path)
        before = base.open_descriptors()
        e = self.assertRaises(errors.UnavailableError, self.subscribe)
        self.assertIn(f'directory {self.path}: No such file', str(e))
        self.assertEqual(before, base.open_descriptors())

    def test_failure_leaves_nothing_behind(self) -> None:
        """Whichever step fails, its socket is removed."""

        def fail(*args: Any, **kwargs: Any) -> None:
            raise OSError(28, 'No space left on device')

        before = base.open_descriptors()
        for step in ('chmod', 'rename'):
            real = getattr(os, step)
            setattr(os, step, fail)
            try:
                e = self.assertRaises(errors.UnavailableError, self.subscribe)
            finally:
                setattr(os, step, real)
            self.assertIn('No space left on device', str(e))
            self.assertEqual([], os.listdir(self.path))
            self.assertEqual(before, base.open_descriptors())

    def test_no_descriptor_left(self) -> None:
        """It is unavailable now, like for any other reason."""

        def child() -> str:
            with base.no_more_descriptors():
                try:
                    rendezvous.Subscription(self.directory)
                except errors.UnavailableError as e:
                    return str(e)
            return 'subscribed'

        self.assertIn('Too many open files', self.in_child(child))

    @base.as_root
    def test_members_of_the_group_may_subscribe_and_nobody_else(self) -> None:
        """The directory's mode decides, and its group is handed on."""
        os.chown(self.path, -1, 77)
        os.chmod(self.path, 0o3770)

        def child() -> list[str]:
            said = []
            for gid in (77, 78):
                os.chdir(self.path)
                self.directory.path = '.'
                with base.as_user(OTHER, gid):
                    try:
                        made = rendezvous.Subscription(self.directory)
                    except errors.UnavailableError as e:
                        said.append(str(e))
                        continue
                found = os.stat(made.name)
                said.append(f'{found.st_uid} {found.st_gid}')
                said.append(oct(stat.S_IMODE(found.st_mode)))
                made.close()
            return said

        one, mode, other = self.in_child(child)
        self.assertEqual((f'{OTHER} 77', '0o660'), (one, mode))
        self.assertIn('Permission denied', other)
        self.assertIn(f'user {OTHER} with groups 78', other)

    def test_kind(self) -> None:
        """It takes records, and waits for nothing."""
        made = self.subscribe()
        self.assertEqual(
            socket.SOCK_SEQPACKET,
            made.listener.getsockopt(socket.SOL_SOCKET, socket.SO_TYPE),
        )
        self.assertRaises(BlockingIOError, packet.accept, made.listener)
