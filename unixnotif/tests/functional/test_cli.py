# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The command as people run it: its own process, terminals and signals.

Rule: a test starts a command before the directory exists, and waits for the
command to report that it is subscribed.
"""

from collections.abc import Callable
import json
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import time
from typing import Any
import unittest

import fixtures

from unixnotif import publisher
from unixnotif.tests import base as support
from unixnotif.tests.functional import base

COMMAND = (sys.executable, '-m', 'unixnotif.cli')
NOBODY = 65534
# Only its owner may be able to read the interpreter's files: import every
# module before the change of the user.
AS_NOBODY = f"""
import os, sys
from unixnotif import cli
from unixnotif.cli import app
command = app.UnixNotifApp()
command.run(['tail', 'unix+dir:///nowhere', '--timeout', '0'])
os.setgroups([])
os.setgid({NOBODY})
os.setuid({NOBODY})
sys.exit(command.run(sys.argv[1:]))
"""


class Lines:
    """Lines as they come out of a pipe or of a terminal."""

    def __init__(
        self, fd: int, explain: Callable[[], str] = lambda: ''
    ) -> None:
        self.fd = fd
        self._explain = explain
        self._buffer = b''
        self._ended = False
        self._poll = select.poll()
        self._poll.register(fd, select.POLLIN)

    def _fill(self, deadline: float) -> None:
        remaining = deadline - time.monotonic()
        if remaining <= 0 or not self._poll.poll(remaining * 1000):
            raise AssertionError(
                f'nothing comes after {self._buffer!r}; {self._explain()}'
            )
        try:
            data = os.read(self.fd, 65536)
        except OSError:
            # A terminal whose last user is gone (EIO).
            data = b''
        self._buffer += data
        self._ended = not data

    def next(self) -> str:
        """Wait for the next line, and return it."""
        deadline = time.monotonic() + base.DEADLINE
        while b'\n' not in self._buffer:
            if self._ended:
                raise AssertionError(f'ended after {self._buffer!r}')
            self._fill(deadline)
        line, _, self._buffer = self._buffer.partition(b'\n')
        return line.decode()

    def rest(self) -> str:
        """Wait for the end; return all lines until then."""
        deadline = time.monotonic() + base.DEADLINE
        while not self._ended:
            self._fill(deadline)
        return self._buffer.decode()


class Command(fixtures.Fixture):
    """The command, running.

    :ivar out: lines on standard output
    :ivar err: lines on standard error
    """

    def __init__(
        self,
        *args: str,
        stdin: int = subprocess.DEVNULL,
        stdout: int = subprocess.PIPE,
        command: tuple[str, ...] = COMMAND,
        **options: Any,
    ) -> None:
        super().__init__()
        self._args = [*command, *args]
        self._options = {**options, 'stdin': stdin, 'stdout': stdout}

    def _setUp(self) -> None:
        # SIGABRT then prints the stack.
        env = self._options.pop('env', os.environ)
        self.process = subprocess.Popen(
            self._args,
            stderr=subprocess.PIPE,
            env={**env, 'PYTHONFAULTHANDLER': '1'},
            **self._options,
        )
        self.addCleanup(self._reap)
        if self.process.stdout is not None:
            self.out = Lines(self.process.stdout.fileno(), self._explain)
        assert self.process.stderr is not None
        self.err = Lines(self.process.stderr.fileno(), self._explain)

    def _explain(self) -> str:
        """End the command; return its stack and its output."""
        self.process.send_signal(signal.SIGABRT)
        assert self.process.stderr is not None
        stack: bytes = self.process.stderr.read()
        return stack.decode(errors='replace')

    def _reap(self) -> None:
        if self.process.returncode is None:
            self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdout, self.process.stderr):
            if pipe is not None:
                pipe.close()

    def end(self) -> tuple[int, str, str]:
        """Wait for its end; return exit code, rest of output and of errors."""
        out = self.out.rest() if self.process.stdout is not None else ''
        err = self.err.rest()
        return self.process.wait(base.DEADLINE), out, err


class TestCase(base.TestCase):
    """A test that runs the command."""

    def run_command(
        self, *args: str, data: bytes = b'', **options: Any
    ) -> tuple[int, str, str]:
        """Run a command to its end; return exit code, output and errors."""
        options = {'command': COMMAND, **options}
        done = subprocess.run(
            [*options.pop('command'), *args],
            input=data,
            capture_output=True,
            timeout=base.DEADLINE,
            check=False,
            **options,
        )
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def tail(self, *args: str, **options: Any) -> Command:
        """Start tail, which waits for the directory."""
        command: Command = self.useFixture(
            Command('tail', self.rendezvous, *args, **options)
        )
        said = command.err.next()
        self.assertTrue(
            said.startswith(
                f'unixnotif: waiting: directory {self.top}/rendezvous: No '
                'such file or directory; '
            ),
            said,
        )
        return command

    def subscribed(
        self, *commands: Command, **options: Any
    ) -> publisher.Publisher:
        """Return a publisher when the commands have subscribed."""
        out = publisher.Publisher(self.rendezvous, **options)
        self.addCleanup(out.close)
        out.open()
        for command in commands:
            self.assertEqual('unixnotif: subscribed', command.err.next())
        return out


class TailTest(TestCase):
    """``unixnotif tail`` in a pipe."""

    def payload(self, command: Command) -> Any:
        return json.loads(command.out.next())['payload']

    def test_each_line_comes_at_once(self) -> None:
        """A pipe's reader does not wait for a buffer to fill."""
        command = self.tail('--count', '3')
        out = self.subscribed(command)
        for i in range(3):
            out.publish(support.document(i))
            self.assertEqual(i, self.payload(command))
        self.assertEqual((0, '', ''), command.end())
        self.assertEqual([], os.listdir(f'{self.top}/rendezvous'))

    def test_several_get_all(self) -> None:
        """Each command prints all notifications that it selects."""
        everything = self.tail('--count', '2')
        errors = self.tail('--count', '1', '--priority', 'error')
        out = self.subscribed(everything, errors)
        out.publish(support.document(1))
        out.publish(support.document(2, priority='ERROR'))
        code, text, err = everything.end()
        self.assertEqual((0, ''), (code, err))
        self.assertEqual(
            [1, 2], [json.loads(line)['payload'] for line in text.splitlines()]
        )
        self.assertEqual(2, self.payload(errors))
        self.assertEqual((0, '', ''), errors.end())

    def test_listening_driver(self) -> None:
        """tail waits for the driver of a unix:// address, too."""
        command = self.useFixture(Command('tail', self.socket, '--count', '1'))
        self.assertEqual(
            f'unixnotif: waiting: socket {self.top}/service.sock: no driver '
            'listens there (yet)',
            command.err.next(),
        )
        out = publisher.Publisher(self.socket)
        self.addCleanup(out.close)
        out.open()
        self.assertEqual('unixnotif: subscribed', command.err.next())
        out.publish(support.document('hello'))
        self.assertEqual('hello', self.payload(command))
        self.assertEqual((0, '', ''), command.end())

    def test_service(self) -> None:
        """tail prints the whole envelope of a real Notifier."""
        command = self.tail('--count', '1')
        self.subscribed(command)
        notifier = self.new_notifier(self.rendezvous)
        notifier.error({'user_id': 'me'}, 'service.update', {'a': [1]})
        document = json.loads(command.out.next())
        self.assertEqual('ERROR', document['priority'])
        self.assertEqual({'a': [1]}, document['payload'])
        self.assertEqual(['notifications'], document['topics'])
        self.assertEqual((0, '', ''), command.end())

    def test_signals(self) -> None:
        """Ctrl-C and SIGTERM end it well, subscribed or waiting."""
        for number in (signal.SIGINT, signal.SIGTERM):
            waiting = self.tail()
            waiting.process.send_signal(number)
            self.assertEqual((0, '', ''), waiting.end())
        commands = [self.tail(), self.tail()]
        self.subscribed(*commands)
        for command, number in zip(
            commands, (signal.SIGINT, signal.SIGTERM), strict=True
        ):
            command.process.send_signal(number)
            self.assertEqual((0, '', ''), command.end())
        self.assertEqual([], os.listdir(f'{self.top}/rendezvous'))

    def test_closed_pipe(self) -> None:
        """A closed pipe ends the command without a message."""
        command = self.tail()
        out = self.subscribed(command)
        out.publish(support.document(1))
        self.assertEqual(1, self.payload(command))
        assert command.process.stdout is not None
        command.process.stdout.close()
        out.publish(support.document(2))
        self.assertEqual('', command.err.rest())
        self.assertEqual(0, command.process.wait(base.DEADLINE))

    def test_shell_pipeline(self) -> None:
        """In "tail | head" neither fails."""
        command = self.useFixture(
            Command(
                command=(
                    'bash',
                    '-c',
                    'set -o pipefail; "$@" | '
                    '{ head -n 1; exec 0<&-; echo head has ended; }',
                    'bash',
                    *COMMAND,
                    'tail',
                    self.rendezvous,
                )
            )
        )
        command.err.next()
        out = self.subscribed(command)
        out.publish(support.document(1))
        self.assertEqual(1, self.payload(command))
        self.assertEqual('head has ended', command.out.next())
        out.publish(support.document(2))
        self.assertEqual(0, command.end()[0])

    def test_reader_ends(self) -> None:
        """A closed pipe ends the command before the next notification."""
        command = self.tail()
        out = self.subscribed(command)
        out.publish(support.document(1))
        self.assertEqual(1, self.payload(command))
        assert command.process.stdout is not None
        command.process.stdout.close()
        self.assertEqual('', command.err.rest())
        self.assertEqual(0, command.process.wait(base.DEADLINE))

    def test_gone(self) -> None:
        """tail reports that the address is gone, and that it exists again."""
        command = self.tail()
        self.subscribed(command).close()
        shutil.rmtree(f'{self.top}/rendezvous')
        self.assertEqual(
            f'unixnotif: waiting: {self.rendezvous} is gone',
            command.err.next(),
        )
        self.subscribed(command)

    def test_address_of_a_service(self) -> None:
        """The configuration of a service, or a variable, has the address."""
        os.mkdir(f'{self.top}/rendezvous')
        config = self.write_config(self.rendezvous)
        argv = ('tail', '--timeout', '0')
        said = 'unixnotif: subscribed\n'
        self.assertEqual(
            (0, '', said), self.run_command(*argv, '--config-file', config)
        )
        env = {**os.environ, 'UNIXNOTIF_URI': self.rendezvous}
        self.assertEqual((0, '', said), self.run_command(*argv, env=env))
        env = {k: v for k, v in env.items() if k != 'UNIXNOTIF_URI'}
        code, _, said = self.run_command(*argv, env=env)
        self.assertEqual(2, code)
        self.assertIn('no address: give a URI such as unix+dir:///r', said)

    def test_timeout(self) -> None:
        """A timeout is a failure only if tail has a count to reach."""
        os.mkdir(f'{self.top}/rendezvous')
        argv = ('tail', self.rendezvous, '--timeout', '0')
        said = 'unixnotif: subscribed\n'
        self.assertEqual((0, '', said), self.run_command(*argv))
        self.assertEqual(
            (1, '', said), self.run_command(*argv, '--count', '1')
        )

    def test_loss(self) -> None:
        """tail reports the notifications that it lost while it was stopped."""
        command = self.tail()
        out = self.subscribed(command, send_buffer_size=4096)
        out.publish(support.document('first'))
        self.assertEqual('first', self.payload(command))
        command.process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, command.process.pid, os.WSTOPPED | os.WNOWAIT)
        sent = 0
        while not out.dropped:
            out.publish(support.document(sent))
            sent += 1
        for _ in range(2):
            out.publish(support.document('dropped'))
        command.process.send_signal(signal.SIGCONT)
        for i in range(sent - 1):
            self.assertEqual(i, self.payload(command))
        out.publish(support.document('last'))
        self.assertEqual('last', self.payload(command))
        self.assertEqual(
            'unixnotif: this subscriber lost 3 notifications (buffer_full: 3)',
            command.err.next(),
        )
        command.process.terminate()
        code, printed, err = command.end()
        self.assertEqual((0, ''), (code, printed))
        self.assertRegex(
            err, '^unixnotif: buffer_full: .* raise send_buffer_size in .*\n$'
        )

    def test_directory_is_made_again(self) -> None:
        """tail resubscribes when a service is restarted."""
        command = self.tail()
        out = self.subscribed(command)
        shutil.rmtree(f'{self.top}/rendezvous')
        out.refresh()
        self.run_command(
            'send',
            self.rendezvous,
            '--wait=60',
            '--event-type=x.y',
            '"again"',
        )
        self.assertEqual('again', self.payload(command))
        command.process.terminate()
        self.assertEqual((0, '', ''), command.end())

    def test_errors(self) -> None:
        """One line, exit code 1, no traceback."""
        file = self.top / 'file'
        file.touch()
        for uri, message in (
            (f'unix+dir://{file}', f'directory {file}: Not a directory'),
            (
                f'unix://{file}',
                f'socket {file}: a file that is not a socket has this name',
            ),
            (
                f'unix://{self.top}',
                f'socket {self.top}: this is a directory; use '
                f'unix+dir://{self.top}',
            ),
        ):
            self.assertEqual(
                (1, '', f'unixnotif: {message}\n'),
                self.run_command('tail', uri),
            )

    def test_bad_uri(self) -> None:
        """Usage, the mistake with an example, exit code 2."""
        code, out, err = self.run_command('tail', 'run/nova')
        self.assertEqual((2, ''), (code, out))
        self.assertTrue(err.startswith('usage: unixnotif tail [-h] '))
        self.assertIn(
            "\nunixnotif tail: error: argument URI: 'run/nova' does not "
            'start with unix:// or unix+dir://; use, for example, '
            'unix+dir:///run/nova/notifications (a directory, ',
            err,
        )

    @unittest.skipIf(os.geteuid() != 0, 'only root may become another user')
    def test_permission_denied(self) -> None:
        """The message has the user of tail, and the owner of the directory."""
        private = self.top / 'rendezvous'
        private.mkdir(mode=0o700)
        # The temporary directories above are closed to others, too.
        for path in (self.top, self.top.parent):
            path.chmod(0o755)
        code, out, err = self.run_command(
            'tail',
            self.rendezvous,
            command=(sys.executable, '-c', AS_NOBODY),
        )
        self.assertEqual((1, ''), (code, out))
        self.assertIn(
            f'unixnotif: directory {private}: Permission denied; this '
            f'process runs as user {NOBODY} with groups {NOBODY}; the '
            'directory belongs to user 0, group 0, with mode 0700',
            err.splitlines(),
        )


class TerminalTest(TestCase):
    """``unixnotif tail`` on a terminal."""

    def on_terminal(self, *args: str, **env: str) -> tuple[Command, Lines]:
        """Start tail with a terminal as standard output."""
        reader, writer = pty.openpty()
        self.addCleanup(os.close, reader)
        settings = {'TERM': 'xterm-256color', 'COLUMNS': '40', **env}
        inherited = {
            name: value
            for name, value in os.environ.items()
            if name not in ('NO_COLOR', 'FORCE_COLOR')
        }
        command = self.tail(
            *args, stdout=writer, env={**inherited, **settings}
        )
        os.close(writer)
        return command, Lines(reader)

    def publish(self, command: Command, payload: Any) -> None:
        out = self.subscribed(command)
        out.publish(
            support.document(payload, priority='ERROR', topics=('a', 'b'))
        )

    def test_lines(self) -> None:
        """A terminal shows one line in color, which fits its width."""
        command, terminal = self.on_terminal('--count', '1', '--utc')
        self.publish(command, {'uuid': 'x' * 60, 'n': 1})
        self.assertEqual((0, '', ''), command.end())
        shown = terminal.rest().replace('\r', '')
        self.assertIn('\x1b[1;31mERROR', shown)
        day, line = re.sub('\x1b\\[[0-9;]*m', '', shown).splitlines()
        self.assertRegex(day, r'-- 20\d\d-\d\d-\d\d UTC --')
        self.assertRegex(
            line, r'\d\d:\d\d:\d\d\.\d{3} ERROR instance\.create\.end …'
        )
        self.assertEqual(40, len(line))

    def test_long(self) -> None:
        """With --long, tail prints everything, whatever the width is."""
        command, terminal = self.on_terminal('--count', '1', '--long')
        self.publish(command, {'name': 'x' * 60, 'n': 1})
        self.assertEqual((0, '', ''), command.end())
        shown = terminal.rest().replace('\r', '')
        self.assertIn('\x1b[1;31mERROR ', shown)
        self.assertEqual(
            f"""\
2026-11-21 10:00:00.000000 ERROR    instance.create.end  \
nova-compute:host1  pid {os.getpid()}  a  b
{{
  "name": "{'x' * 60}",
  "n": 1
}}
""",
            re.sub('\x1b\\[[0-9;]*m', '', shown),
        )

    def test_no_colours(self) -> None:
        """NO_COLOR is respected."""
        command, terminal = self.on_terminal('--count', '1', NO_COLOR='1')
        self.publish(command, {})
        self.assertEqual((0, '', ''), command.end())
        self.assertNotRegex(terminal.rest(), '\x1b\\[[0-9;]*3[0-9]m')

    def test_json(self) -> None:
        """JSON lines on request."""
        command, terminal = self.on_terminal('--count', '1', '--json')
        self.publish(command, {'name': 'é'})
        self.assertEqual((0, '', ''), command.end())
        self.assertEqual({'name': 'é'}, json.loads(terminal.rest())['payload'])

    def test_terminal_without_unicode(self) -> None:
        """Characters that the terminal's encoding lacks are escaped."""
        command, terminal = self.on_terminal(
            '--count', '1', '--long', PYTHONIOENCODING='ascii', TERM='dumb'
        )
        self.publish(command, {'name': 'é'})
        self.assertEqual((0, '', ''), command.end())
        self.assertIn(r'"name": "\xe9"', terminal.rest())


class SendTest(TestCase):
    """``unixnotif send``."""

    def send(
        self, payload: str, *args: str, **options: Any
    ) -> tuple[int, str, str]:
        return self.run_command(
            'send',
            self.rendezvous,
            '--event-type=service.update',
            payload,
            *args,
            **options,
        )

    def test_both_commands(self) -> None:
        """tail prints what send sent, from any source."""
        tail = self.tail('--count', '3')
        self.subscribed(tail)
        file = self.top / 'payload.json'
        file.write_text('{"from": "file"}')
        for given in ('{"from": "argument"}', f'@{file}', '-'):
            self.assertEqual(
                (0, '', ''), self.send(given, data=b'{"from": "stdin"}')
            )
        code, out, err = tail.end()
        self.assertEqual((0, ''), (code, err))
        documents = [json.loads(line) for line in out.splitlines()]
        self.assertEqual(
            ['argument', 'file', 'stdin'],
            [each['payload']['from'] for each in documents],
        )
        self.assertEqual(
            {'service.update'}, {each['event_type'] for each in documents}
        )

    def test_waiting_for_a_subscriber(self) -> None:
        """send --wait waits for a tail that starts at the same time."""
        os.mkdir(f'{self.top}/rendezvous')
        send = self.useFixture(
            Command(
                'send',
                self.rendezvous,
                '--event-type=x.y',
                '--wait=60',
                '1',
            )
        )
        code, out, err = self.run_command(
            'tail', self.rendezvous, '--count', '1', '--timeout', '60'
        )
        self.assertEqual((0, 'unixnotif: subscribed\n'), (code, err))
        self.assertEqual(1, json.loads(out)['payload'])
        self.assertEqual((0, '', ''), send.end())

    def test_nobody(self) -> None:
        """Exit code 1 without a subscriber or an address."""
        self.assertEqual(
            (
                1,
                '',
                f'unixnotif: rendezvous directory {self.top}/rendezvous does '
                'not exist; correct the path, or start the service that '
                'creates the directory\n',
            ),
            self.send('{}'),
        )
        os.mkdir(f'{self.top}/rendezvous')
        self.assertEqual(
            (
                1,
                '',
                f'unixnotif: no subscriber at {self.rendezvous}; the '
                'notification was discarded: start a subscriber, or wait for '
                'one with --wait SECONDS\n',
            ),
            self.send('{}'),
        )

    def test_malformed_payload(self) -> None:
        """Exit code 2, and what a payload looks like."""
        code, out, err = self.send('{"host": host1}')
        self.assertEqual((2, ''), (code, out))
        self.assertRegex(
            err,
            r'\nunixnotif send: error: argument PAYLOAD\|@FILE\|-: the '
            r'payload is not a JSON document: .*\n$',
        )

    def test_too_large(self) -> None:
        """A drop is a failure that says why."""
        tail = self.tail()
        self.subscribed(tail)
        file = self.top / 'payload.json'
        file.write_text(json.dumps('x' * 2**25))
        code, out, err = self.send(f'@{file}')
        self.assertEqual((1, ''), (code, out))
        self.assertEqual(
            'unixnotif: delivered to 0 of 1 subscriber; dropped '
            '(too_large: 1)',
            err.splitlines()[-1],
        )
        self.assertEqual(
            'unixnotif: this subscriber lost 1 notification (too_large: 1)',
            tail.err.next(),
        )


class InstalledTest(TestCase):
    """The ways to start the command."""

    def test_console_script(self) -> None:
        """The installed script and the module print name and version."""
        script = os.path.join(os.path.dirname(sys.executable), 'unixnotif')
        for command in ((script,), COMMAND):
            code, out, err = self.run_command('--version', command=command)
            self.assertEqual((0, ''), (code, err))
            self.assertRegex(out, r'^unixnotif \d+\.\d+\.\d+')

    def test_closed_streams(self) -> None:
        """Closed standard streams give an error of one line."""
        os.mkdir(f'{self.top}/rendezvous')
        shell = ('bash', '-c', '"$@" >&- <&-', 'bash', *COMMAND)
        self.assertEqual(
            (1, '', 'unixnotif: standard output is closed\n'),
            self.run_command('tail', self.rendezvous, command=shell),
        )
        code, _, err = self.run_command(
            'send', self.rendezvous, '--event-type=x', '-', command=shell
        )
        self.assertEqual(2, code)
        self.assertTrue(
            err.endswith('cannot read the payload: standard input is closed\n')
        )
