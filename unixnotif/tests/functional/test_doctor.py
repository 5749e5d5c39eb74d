# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""``unixnotif doctor`` as people run it, also in a hostile directory.

Rule: real processes and real users; the transcripts of the guide have the
twelve broken installations.
"""

import json
import os
import pty
import re
import resource
import signal
import socket
import sys
from typing import Any

from unixnotif import consumer
from unixnotif import publisher
from unixnotif.tests import base as support
from unixnotif.tests import hostile
from unixnotif.tests.functional import base
from unixnotif.tests.functional import test_cli

_NAMES = 100_000
_NOBODY = 65534
# The interpreter may be where only its owner can read.
_AS_NOBODY = f"""
import os, sys
from unixnotif.cli import app
command = app.UnixNotifApp()
command.run(['doctor', '--json', 'unix+dir:///nowhere'])
os.dup2(os.open(sys.argv.pop(1), os.O_WRONLY | os.O_CREAT), 1)
os.setgroups([])
os.setgid({_NOBODY})
os.setuid({_NOBODY})
sys.exit(command.run(sys.argv[1:]))
"""


class DoctorTest(test_cli.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.directory = self.top / 'rendezvous'

    def doctor(self, *args: str, **options: Any) -> tuple[int, str, str]:
        return self.run_command('doctor', *args, **options)

    def examine(self, *args: str) -> tuple[int, dict[str, dict[str, Any]]]:
        """Run the doctor; return the exit code, and the findings by name."""
        code, out, _ = self.doctor('--json', *args)
        found = json.loads(out)
        problems = [
            each for each in found['findings'] if each['level'] == 'problem'
        ]
        self.assertEqual(found['problems'], len(problems))
        self.assertEqual(code, 1 if problems else 0)
        return code, {each['name']: each for each in found['findings']}


class UsageTest(DoctorTest):
    def test_nothing_to_examine(self) -> None:
        """A command that examined nothing does not succeed."""
        code, out, err = self.doctor(env={**os.environ, 'UNIXNOTIF_URI': ''})
        self.assertEqual((2, ''), (code, out))
        self.assertIn('pass a URI, --config-file or --pid', err)

    def test_mistakes(self) -> None:
        """A mistake is one line and exit code 2, without a traceback."""
        mistakes: tuple[tuple[tuple[str, ...], str], ...] = (
            (('--pid', '4194999'), 'there is no process 4194999'),
            (('--pid', 'x'), "'x' is not a whole number above 0"),
            ((self.rendezvous, '--user', 'x y'), "there is no user 'x y'"),
            ((self.rendezvous, '--python', '/none'), 'No such file'),
            (('/run/nova',), 'does not start with unix:// or unix+dir://'),
        )
        for args, message in mistakes:
            code, _, err = self.doctor(*args)
            self.assertEqual(2, code, message)
            self.assertIn(message, err)
            self.assertNotIn('Traceback', err)

    def test_default_address(self) -> None:
        """The environment has a default address for every command."""
        os.mkdir(self.directory)
        code, out, _ = self.doctor(
            env={**os.environ, 'UNIXNOTIF_URI': self.rendezvous}
        )
        self.assertEqual(0, code)
        self.assertIn(f'The path of {self.rendezvous}', out)
        code, _, err = self.doctor(env={**os.environ, 'UNIXNOTIF_URI': 'x'})
        self.assertEqual(2, code)
        self.assertIn("UNIXNOTIF_URI: 'x' does not start with", err)

    def test_unusable_paths(self) -> None:
        """A path that cannot be examined is a problem."""
        os.symlink('loop', self.top / 'loop')
        os.symlink('none', self.top / 'broken')
        for name, expected in (
            ('loop', 'broken-link'),
            ('broken', 'broken-link'),
            ('x' * 300, 'cannot-examine'),
        ):
            code, found = self.examine(f'unix+dir://{self.top}/{name}')
            self.assertEqual(1, code)
            self.assertIn(expected, found)

    def test_colors(self) -> None:
        """The doctor uses colors on a terminal only."""
        os.mkdir(self.directory)
        reader, writer = pty.openpty()
        self.addCleanup(os.close, reader)
        command = self.useFixture(
            test_cli.Command(
                'doctor',
                self.rendezvous,
                stdout=writer,
                env={**os.environ, 'COLUMNS': '60'},
            )
        )
        os.close(writer)
        shown = test_cli.Lines(reader).rest()
        self.assertEqual(0, command.process.wait(base.DEADLINE))
        self.assertIn('\x1b[32mok', shown)
        plain = re.sub('\x1b\\[[0-9;]*m', '', shown).replace('\r', '')
        self.assertIn('No problem found.\n', plain)
        _, out, _ = self.doctor(self.rendezvous)
        self.assertNotIn('\x1b', out)

    def test_interruption(self) -> None:
        """Ctrl-C ends the wait, and the doctor removes its socket."""
        os.mkdir(self.directory)
        command = self.useFixture(
            test_cli.Command('doctor', self.rendezvous, '--wait', '1000')
        )
        self.wait_until(
            lambda: any(
                name.startswith('unixnotif.doctor')
                for name in os.listdir(self.directory)
            )
        )
        command.process.send_signal(signal.SIGINT)
        self.assertEqual(1, command.end()[0])
        self.assertEqual([], os.listdir(self.directory))

    def test_closed_pipe(self) -> None:
        """In "doctor | head -1" neither fails."""
        os.mkdir(self.directory)
        code, out, err = self.doctor(
            self.rendezvous,
            command=(
                'bash',
                '-c',
                'set -o pipefail; "$@" | head -n 1',
                'bash',
                *test_cli.COMMAND,
            ),
        )
        self.assertEqual((0, 1), (code, len(out.splitlines())), err)


class ServiceTest(DoctorTest):
    def test_a_service_that_publishes(self) -> None:
        """The doctor names its process."""
        config = self.write_config(self.rendezvous)
        service = self.start_service(config)
        with consumer.Consumer(self.rendezvous) as source:
            service.ask(emit=1)
            self.assertIsNotNone(source.receive(base.DEADLINE))
            code, found = self.examine('--config-file', config)
        self.assertEqual(0, code)
        self.assertIn(
            f'process {service.pid} ', found['emitters']['details'][0]
        )
        self.assertEqual('ok', found['test-notification']['level'])

    def test_search(self) -> None:
        """Without --pid, the doctor finds the services."""
        config = self.write_config(self.rendezvous)
        os.mkdir(self.directory)
        services = [
            self.start('member', '--config-file', config, '--name', name)
            for name in ('nova-api', 'nova-api', 'nova-compute')
        ]
        for service in services:
            service.answer()
        _, found = self.examine('--config-file', config)
        shown = '\n'.join(found['found']['details'])
        pids = sorted(service.pid for service in services)
        self.assertIn(f'process {pids[0]} (nova-', shown)
        self.assertIn('and 2 processes of the same kind', shown)
        self.assertIn(f'Process {pids[0]} ', found['service-reaches']['what'])

    def test_search_at_an_address(self) -> None:
        """The doctor finds connected services, whatever their files are."""
        config = self.write_config(self.rendezvous)
        os.mkdir(self.directory)
        with consumer.Consumer(self.rendezvous) as source:
            service = self.start_service(config)
            service.ask(emit=1)
            self.assertIsNotNone(source.receive(base.DEADLINE))
            _, found = self.examine(self.rendezvous)
        self.assertIn(
            f'process {service.pid} ', '\n'.join(found['found']['details'])
        )
        self.assertIn('service-reaches', found)

    def test_several_processes(self) -> None:
        """Each --pid is examined."""
        os.mkdir(self.directory)
        config = self.write_config(self.rendezvous)
        pids = []
        for name in ('nova-api', 'nova-compute'):
            child = self.start(
                'member', '--config-file', config, '--name', name
            )
            child.answer()
            pids.append(child.pid)
        options = [f'--pid={pid}' for pid in pids]
        code, out, _ = self.doctor(*options)
        self.assertEqual(0, code)
        for pid in pids:
            self.assertIn(f'Process {pid} (nova-', out)
        self.assertNotIn('Found processes', out)

    def test_waiting(self) -> None:
        """The first notification of a service ends the wait."""
        os.mkdir(self.directory)
        command = self.useFixture(
            test_cli.Command(
                'doctor', self.rendezvous, '--wait', '1000', '--json'
            )
        )
        with publisher.Publisher(self.rendezvous) as out:
            self.wait_until(lambda: out.refresh() > 0)
            sent = out.publish(support.document())
            self.assertEqual((1, {}), (sent.delivered, sent.dropped))
            code, text, _ = command.end()
        self.assertEqual(0, code)
        found = {each['name']: each for each in json.loads(text)['findings']}
        self.assertIn(f'process {os.getpid()} ', found['heard']['what'])

    def test_the_environment_of_a_process(self) -> None:
        """Variables of the service win over its files."""
        config = self.write_config(self.rendezvous)
        os.mkdir(self.directory)
        child = self.start(
            'member',
            '--config-file',
            config,
            env={'OS_OSLO_MESSAGING_UNIX__SOCKET_URI': self.socket},
        )
        child.answer()
        _, found = self.examine('--pid', str(child.pid))
        self.assertIn(self.socket, found['options']['what'])
        self.assertIn('owner', found)

    def test_a_process_without_files(self) -> None:
        """The doctor asks for the configuration, or for an address."""
        child = self.start('member', '--subscribe', self.rendezvous)
        pid = str(child.pid)
        code, found = self.examine('--pid', pid)
        self.assertEqual(1, code)
        self.assertEqual('note', found['configuration-unknown']['level'])
        self.assertIn(
            f'unixnotif doctor URI --pid {pid}',
            found['address-unknown']['fix'],
        )
        _, found = self.examine('--pid', pid, self.rendezvous)
        self.assertNotIn('address-unknown', found)

    def test_few_descriptors(self) -> None:
        """A service that has used its descriptors needs a higher limit."""
        os.mkdir(self.directory)
        config = self.write_config(self.rendezvous)
        pid = self.start_service(config).pid
        number = len(os.listdir(f'/proc/{pid}/fd'))
        _, hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (number, hard))
        code, found = self.examine('--pid', str(pid), '--config-file', config)
        self.assertEqual(1, code)
        self.assertIn(
            f'has opened {number} of at most {number}',
            found['few-descriptors']['what'],
        )

    @support.as_root
    def test_groups_of_before(self) -> None:
        """The groups of the process count, and not those of the account."""
        os.mkdir(self.directory)
        os.chown(self.directory, 0, 4_261_100)
        self.directory.chmod(0o3770)
        for path in (self.top, self.top.parent):
            path.chmod(0o755)
        config = self.write_config(self.rendezvous)
        child = self.start(
            'member', '--config-file', config, '--uid', '4261001'
        )
        child.answer()
        code, found = self.examine('--pid', str(child.pid))
        self.assertEqual(1, code)
        self.assertIn('usermod', found['service-may-not-list']['fix'])
        # The doctor really tries to send with the rights of the service.
        self.assertEqual('note', found['test-notification']['level'])
        self.assertIn('Permission denied', found['test-notification']['what'])

    @support.as_root
    def test_another_user(self) -> None:
        """A user who may not subscribe gets one problem, which says so."""
        self.directory.mkdir(mode=0o700)
        for path in (self.top, self.top.parent):
            path.chmod(0o755)
        result = self.top / 'result'
        self.doctor(
            self.rendezvous,
            '--json',
            command=(sys.executable, '-c', _AS_NOBODY, str(result)),
        )
        found = json.loads(result.read_text())
        [problem] = [
            each for each in found['findings'] if each['level'] == 'problem'
        ]
        self.assertEqual('may-not-subscribe', problem['name'])


class HostileTest(DoctorTest):
    def test_hostile_directory(self) -> None:
        """Hostile names neither block the doctor nor control the terminal."""
        self.directory.mkdir()
        path = str(self.directory)
        where = os.open(path, os.O_RDONLY)
        self.addCleanup(os.close, where)
        for number in range(_NAMES):
            os.mkfifo(f'{number}.sock', dir_fd=where)
        os.symlink('/dev/zero', 'zero.sock', dir_fd=where)
        os.symlink('loop.sock', 'loop.sock', dir_fd=where)
        os.mkdir('directory.sock', dir_fd=where)
        private = self.top / 'private.sock'
        victim = socket.socket(socket.AF_UNIX)
        self.addCleanup(victim.close)
        victim.bind(str(private))
        victim.listen()
        victim.setblocking(False)
        os.symlink(private, 'link.sock', dir_fd=where)
        os.link(private, 'hard.sock', dst_dir_fd=where)
        name = hostile.CONTROL.replace('\x00', '') + '.sock'
        strange = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.addCleanup(strange.close)
        strange.bind(f'/proc/self/fd/{where}/{name}')
        code, out, err = self.doctor(self.rendezvous)
        self.assertEqual(1, code)
        self.assertIn('Nobody listens on 1 socket', out)
        self.assertIn('FORGED', out)
        for text in (out, err):
            self.assertEqual(
                '', re.sub(r'[^\x00-\x09\x0b-\x1f\x7f]', '', text)
            )
        self.assertNotIn('\nFORGED', out)
        # Neither link has led the doctor to the socket.
        self.assertRaises(BlockingIOError, victim.accept)
        self.assertIn('A test notification', out)
        self.assertEqual(_NAMES + 6, len(os.listdir(where)))

    def test_a_hostile_process(self) -> None:
        """The name and arguments of a process do not control the terminal."""
        trap = self.top / 'bin/python'
        trap.parent.mkdir()
        (self.top / 'pyvenv.cfg').touch()
        trap.write_text(f'#!/bin/sh\ntouch {self.top}/sprung\n')
        trap.chmod(0o755)
        fifo = self.top / 'fifo.conf'
        os.mkfifo(fifo)
        code = (
            'import sys; open("/proc/self/comm", "w").write("\\x1b[2J\\n");'
            'print(flush=True); sys.stdin.read()'
        )
        child = self.useFixture(
            base.Child(
                'bash',
                '-c',
                'exec -a "$0" "$@"',
                str(trap),
                sys.executable,
                '-c',
                code,
                '--config-file',
                str(fifo),
            )
        )
        child.line()
        code_, out, _ = self.doctor('--pid', str(child.pid))
        self.assertEqual(1, code_)
        self.assertIn('this is no regular file', out)
        self.assertNotIn('\x1b', out)
        self.assertFalse((self.top / 'sprung').exists())
