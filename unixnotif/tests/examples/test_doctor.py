# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The guide of the doctor: twelve broken installations, and a good one.

Rule: each is a real installation with real processes. Users and groups are
numbers without an account, which the transcripts show by name.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
from typing import Any
import venv

from unixnotif import address
from unixnotif.tests import base as testing
from unixnotif.tests.examples import base
from unixnotif.tests.functional import base as functional

# No process has such a number, so that a transcript can show a name.
NOVA, ALICE = 4_261_001, 4_261_002
NOTIFICATIONS = 4_261_100
_NAMES = {
    NOVA: 'nova',
    ALICE: 'alice',
    NOTIFICATIONS: 'notifications',
}
_MEMBER = 'unixnotif.tests.functional.programs.member'
# What a transcript shows in place of process ids.
_SERVICES = ('4711', '4712')
_SUBSCRIBER = '4811'


def can_unshare() -> bool:
    """Return True if this process may have a mount namespace of its own."""
    command = ['unshare', '--mount', 'true']
    try:
        done = subprocess.run(command, capture_output=True, check=False)
    except OSError:
        return False
    return not done.returncode


class DoctorTest(base.ExampleTest):
    """A test with the configuration of a service."""

    def setUp(self) -> None:
        super().setUp()
        self.run_nova.chmod(0o755)
        self.etc = self.run_nova / 'etc'
        self.etc.mkdir()
        # What a transcript shows, by real process id.
        self.pids: dict[int, str] = {}
        self.prefix = ''
        self.configure()

    def read(self, name: str) -> str:
        """See the base class; also for the other directories."""
        text = super().read(name).replace('/etc/nova', str(self.etc))
        text = text.replace('/opt/nova', f'{self.work}/nova')
        for pid, shown in self.pids.items():
            text = text.replace(f'--pid {shown}', f'--pid {pid}')
        return text

    def shell(self, command: str) -> base.Running:
        """See the base class; perhaps within another command."""
        return super().shell(f'{self.prefix}{command}')

    def assert_prints(self, expected: str, output: str) -> None:
        """See the base class; with the names of the transcript."""
        for number, name in _NAMES.items():
            output = output.replace(str(number), name)
        for pid, shown in self.pids.items():
            output = re.sub(rf'\b{pid}\b', shown, output)
        super().assert_prints(expected, output)

    def check(self, name: str, code: int = 1) -> None:
        """Run a session of the doctor."""
        self.check_session(f'console/{name}.console', code)

    def configure(
        self,
        uri: str = '',
        driver: str = 'driver = unix',
        option: str = 'socket_uri',
        more: str = '',
    ) -> str:
        """Write the configuration of the service; return its path."""
        path = self.etc / 'nova.conf'
        path.write_text(
            f'[oslo_messaging_notifications]\n{driver}\n\n'
            f'[oslo_messaging_unix]\n{option} = {uri or self.uri}\n{more}\n'
        )
        return str(path)

    def share(self, mode: int = 0o3770) -> None:
        """Give the directory to the group of the example."""
        os.chown(self.directory, 0, NOTIFICATIONS)
        self.directory.chmod(mode)

    def start(
        self, shown: str, *args: object, prefix: tuple[str, ...] = ()
    ) -> Any:
        """Start a service or a subscriber; return it when it is ready.

        :param shown: process id in the transcript
        """
        child = self.useFixture(
            functional.Child(
                *prefix, sys.executable, '-m', _MEMBER, *map(str, args)
            )
        )
        self.pids[json.loads(child.line())['pid']] = shown
        return child

    def start_service(self, *args: object, **options: Any) -> Any:
        """Start a service with the configuration."""
        config = f'{self.etc}/nova.conf'
        started = [pid for pid in self.pids.values() if pid in _SERVICES]
        shown = _SERVICES[len(started)]
        return self.start(shown, '--config-file', config, *args, **options)

    def subscribe_as(self, uid: int, count: int = 1) -> None:
        """Start a process that subscribes as a user in the group."""
        self.start(
            _SUBSCRIBER, '--subscribe', self.uri, '--count', count,
            '--name', 'tail', '--uid', uid, '--groups', NOTIFICATIONS,
        )  # fmt: skip


class OptionsTest(DoctorTest):
    """Findings about a configuration file."""

    def test_option(self) -> None:
        """The name of an option is misspelled."""
        self.configure(option='socket_url')
        self.check('doctor_option')

    def test_noop(self) -> None:
        """The driver discards everything."""
        self.configure(driver='driver = noop')
        self.check('doctor_noop')

    def test_scheme(self) -> None:
        """The URI is that of a socket, and the path that of a directory."""
        self.configure(str(address.Address(str(self.directory), False)))
        self.check('doctor_scheme')

    def test_environment(self) -> None:
        """The service runs in an environment without the package."""
        venv.create(self.work / 'nova')
        self.check('doctor_environment')


class SubscribersTest(DoctorTest):
    """Findings about a directory or a socket."""

    def test_dead_socket(self) -> None:
        """A subscriber was killed."""
        dead = self.bind_and_close(self.directory / 'audit.sock')
        self.assertTrue(dead.is_socket())
        self.check('doctor_dead_socket')

    def bind_and_close(self, path: pathlib.Path) -> pathlib.Path:
        listener = self.bind(address.Address(str(path.parent)), path.name)
        listener.close()
        return path

    def bind(self, where: address.Address, name: str) -> Any:
        return testing.TestCase.bind(
            self,  # type: ignore[arg-type]
            where,
            name,
            1,
        )

    def test_silence(self) -> None:
        """A subscriber waits, and nobody publishes."""
        self.start(
            _SUBSCRIBER, '--subscribe', self.uri, '--name', 'ceilometer'
        )
        self.check('doctor_silence')

    def test_two_services(self) -> None:
        """Two processes have the address of one socket."""
        self.configure(
            str(address.Address(f'{self.run_nova}/notifications.sock', False))
        )
        self.start_service('--name', 'nova-api')
        self.start_service('--name', 'nova-compute')
        self.check('doctor_two_services')


@testing.as_root
class UsersTest(DoctorTest):
    """Findings that only root can see."""

    def test_healthy(self) -> None:
        """Nothing is wrong."""
        self.share()
        self.subscribe_as(ALICE)
        child = self.start_service('--uid', NOVA, '--groups', NOTIFICATIONS)
        child.ask()
        self.check('doctor_healthy', 0)

    def test_group(self) -> None:
        """The service is not in the group of the directory."""
        self.share()
        self.start_service('--uid', NOVA)
        self.check('doctor_group')

    def test_setgid(self) -> None:
        """The directory does not hand its group on."""
        self.share(0o1770)
        self.subscribe_as(ALICE)
        self.start_service('--uid', NOVA, '--groups', NOTIFICATIONS)
        self.check('doctor_setgid')

    def test_share(self) -> None:
        """A user has more subscribers than its share."""
        self.share()
        self.configure(more='max_subscribers = 8')
        self.subscribe_as(ALICE, count=3)
        self.start_service('--uid', NOVA, '--groups', NOTIFICATIONS)
        self.check('doctor_share')

    def test_namespace(self) -> None:
        """The service has file systems of its own."""
        if not can_unshare():
            self.skipTest('this kernel allows no mount namespace here')
        script = f'mount -t tmpfs tmpfs {self.directory} && exec "$@"'
        self.start_service(
            prefix=('unshare', '--mount', 'sh', '-c', script, 'sh')
        )
        self.check('doctor_namespace')

    def test_disk(self) -> None:
        """The file system has no inode left."""
        if not can_unshare():
            self.skipTest('this kernel allows no mount namespace here')
        # The root of a tmpfs is an inode.
        self.prefix = (
            "unshare --mount sh -c 'mount -t tmpfs -o nr_inodes=1,mode=3770 "
            f'tmpfs {self.directory} && exec "$@"\' sh '
        )
        self.check('doctor_disk')
