# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The programs that consume and publish, and the programs of others."""

import json
import os
import shutil
import signal

import unixnotif
from unixnotif.tests import base as testing
from unixnotif.tests.examples import base


def _document(event_type: str, payload: object = None) -> bytes:
    return testing.document(
        payload, event_type=event_type, topics=('versioned_notifications',)
    )


class ProgramsTest(base.ExampleTest):
    def test_filtered(self) -> None:
        """The program waits for the directory and prints filtered events."""
        self.directory.rmdir()
        program = self.program('consume_filtered.py')
        self.directory.mkdir()
        out = self.await_subscribers(1)

        out.publish(_document('instance.update'))
        out.publish(_document('instance.create.end'))

        self.assertEqual(
            'instance.create.end of nova-compute:host1\n', program.line()
        )
        self.assertIn('emitted by process ', program.line())

    def test_asyncio(self) -> None:
        """The program prints notifications in an event loop."""
        program = self.program('consume_asyncio.py')

        self.await_subscribers(1).publish(_document('x.y', 1))

        self.assertEqual('x.y 1\n', program.line())

    def test_select(self) -> None:
        """One loop serves two addresses, also after one is recreated."""
        audit = self.run_nova / 'audit'
        audit.mkdir()
        program = self.program('consume_select.py')
        out = self.await_subscribers(1)
        other = unixnotif.Publisher(f'unix+dir://{audit}')
        self.addCleanup(other.close)
        self.await_subscribers(1, other)

        out.publish(_document('x.y'))
        self.assertEqual(f'{self.uri} x.y\n', program.line())
        other.publish(_document('y.z'))
        self.assertEqual(f'unix+dir://{audit} y.z\n', program.line())

        shutil.rmtree(audit)
        self.await_subscribers(1, other)
        other.publish(_document('y.z'))
        self.assertEqual(f'unix+dir://{audit} y.z\n', program.line())

    def test_threads(self) -> None:
        """One thread reads, and another one does the work."""
        program = self.program('consume_threads.py')

        self.await_subscribers(1).publish(_document('x.y'))

        self.assertEqual('slow work on x.y\n', program.line())

    def test_group(self) -> None:
        """Program and command, members of a group, take turns."""
        program = self.program('consume_group.py')
        [(command, _)] = self.commands('console/tail_group.console')
        tail = self.shell(command)
        self.assertEqual('unixnotif: subscribed\n', tail.line())
        self.await_members(2)
        out = self.await_subscribers(1)

        for _ in range(4):
            delivery = out.publish(_document('x.y'))
            self.assertEqual((1, 1, {}), delivery)

        for _ in range(2):
            self.assertEqual('x.y\n', program.line())
            self.assertEqual('x.y', json.loads(tail.line())['event_type'])

    def await_members(self, count: int) -> None:
        """Wait until N sockets are ready in the directory."""
        members: list[str] = []
        while len(members) < count:
            self.await_subscribers(1)
            members = [
                each.name
                for each in self.directory.iterdir()
                if each.name.startswith('audit@')
            ]

    def test_listen_oslo(self) -> None:
        """An agent of oslo.messaging receives its topic and priority."""
        program = self.program('listen_oslo.py')
        out = self.await_subscribers(1)

        for topics in ('other',), ('notifications',):
            out.publish(
                testing.document(
                    {}, event_type=f'{topics[0]}.x', topics=topics
                )
            )

        self.assertEqual(
            'notifications.x nova-compute:host1\n', program.line()
        )

    def test_publish(self) -> None:
        """The program publishes, and prints the number of deliveries."""
        with unixnotif.Consumer(self.uri) as consumer:
            self.assertEqual(
                'delivered to 1 of 1\n', self.program('publish.py').finish()
            )
            received = consumer.receive(0)
        assert received is not None
        self.assertEqual('backup.end', received.event_type)

    def test_plain_consumer(self) -> None:
        """Sockets alone are enough: records, memfds and lost records."""
        self._check_subscriber(self.program('plain_consumer.py'), 1_000_000)

    def test_go(self) -> None:
        """A Go program reads records and memfds, and resubscribes."""
        self.need('go')
        path = self.write('programs/consume_go.go', 'consume_go.go')
        # Go needs a directory for compiled packages.
        self._check_subscriber(self.shell(f'go run {path}'), 1_000_000)
        self._check_recreated()

    def test_node(self) -> None:
        """A Node.js program reads lines from a stream, and resubscribes."""
        self.need('node')
        path = self.write('programs/consume_node.js', 'consume_node.js')
        # Larger documents may exceed the send buffer.
        self._check_subscriber(self.shell(f'node {path}'), 30_000)
        self._check_recreated()

    def _check_subscriber(self, program: base.Running, size: int) -> None:
        """Publish small, large, invalid and too large documents.

        :param size: number of characters of the large payload
        """
        self.subscriber = program
        out = unixnotif.Publisher(self.uri, max_message_size=2_000_000)
        self.addCleanup(out.close)
        self.await_subscribers(1, out)
        # JSON may contain the line separator as it is.
        small, large = (
            _document('x.y', '\u2028' + 'x' * n) for n in (9, size)
        )
        self.assertIn('\u2028'.encode(), small)

        out.publish(small)
        self.assertEqual(f'x.y {len(small)} bytes\n', program.line())
        out.publish(large)
        self.assertEqual(f'x.y {len(large)} bytes\n', program.line())
        # The program survives documents that are no notifications.
        out.publish(b'garbage')
        self.assertIn('rejected: ', program.line())
        out.publish(b'null')
        out.publish(small)
        program.line()
        self.assertEqual(f'x.y {len(small)} bytes\n', program.line())
        out.publish(_document('x.y', 'x' * 2_000_000))
        out.publish(small)
        self.assertEqual('lost 1\n', program.line())
        self.assertEqual(f'x.y {len(small)} bytes\n', program.line())

    def _check_recreated(self) -> None:
        """Recreate the directory; the program subscribes again."""
        shutil.rmtree(self.directory)
        self.directory.mkdir()
        document = _document('y.z')
        self.await_subscribers(1).publish(document)
        self.assertEqual(
            f'y.z {len(document)} bytes\n', self.subscriber.line()
        )


class CommandsTest(base.ExampleTest):
    def test_filters(self) -> None:
        """tail prints only the notification that matches all options."""
        [(command, _)] = self.commands('console/tail_filtered.console')
        tail = self.shell(command)
        out = self.await_subscribers(1)

        out.publish(_document('instance.create.end'))
        out.publish(
            testing.document(
                event_type='instance.create.error', priority='ERROR'
            )
        )

        self.assertEqual('unixnotif: subscribed\n', tail.line())
        self.assertIn('instance.create.error', tail.line())

    def test_address(self) -> None:
        """A configuration file and a variable have the address."""
        self.write('config/nova.conf', 'nova.conf')
        self.check_session('console/address.console')

    def test_all_filters(self) -> None:
        """tail prints only the notification that matches all filters."""
        [(command, _)] = self.commands('console/tail_filters.console')
        tail = self.shell(command)
        out = self.await_subscribers(1)
        for host in ('other', 'compute-1'):
            payload = {
                'nova_object.name': 'InstancePayload',
                'nova_object.version': '1.8',
                'nova_object.data': {
                    'uuid': 'u-1',
                    'host': host,
                    'flavor': {'vcpus': 2},
                },
            }
            out.publish(_document('instance.create.end', payload))

        self.assertEqual('unixnotif: subscribed\n', tail.line())
        self.assertRegex(tail.line(), '^-- ')
        self.assertIn(
            'instance.create.end InstancePayload 1.8 nova-compute:host1 '
            'uuid=u-1',
            tail.line(),
        )
        self.assertEqual('', tail.stop())

    def test_waiting_tail(self) -> None:
        """tail ends when the expected notification has arrived."""
        [(command, expected)] = self.commands('console/tail_wait.console')
        tail = self.shell(command)
        self.await_subscribers(1)

        self.check_session('console/send.console')

        self.assertEqual(expected, tail.finish())
        self.assertEqual(0, tail.process.returncode)
        seen = json.loads((self.work / 'seen.json').read_text())
        self.assertEqual({'id': 'thing-1'}, seen['payload'])

    def test_jq(self) -> None:
        """jq reads the output of tail."""
        self.need('jq')
        [(command, expected)] = self.commands('console/tail_jq.console')
        tail = self.shell(command)
        self.await_subscribers(1)

        self.check_session('console/send.console')
        self.check_session('console/send.console')

        self.assert_prints(expected, tail.finish())

    def test_top(self) -> None:
        """top prints the counts at its end (here after Ctrl-C)."""
        self.need('jq')
        [(command, expected)] = self.commands('console/top_json.console')
        top = self.shell(command.replace('--duration 10', '--duration 3600'))
        self.await_subscribers(1)
        self.check_session('console/send.console')
        # Names of sockets begin with the process id.
        [name] = os.listdir(self.directory)
        os.kill(int(name.partition('-')[0]), signal.SIGINT)
        self.assert_prints(expected, top.finish())

    def test_send_from_files(self) -> None:
        """A payload comes from a file or a pipe."""
        with unixnotif.Consumer(self.uri) as consumer:
            self.check_session('console/send_file.console')
            first, second = consumer.receive(0), consumer.receive(0)
        assert first is not None
        assert second is not None
        self.assertEqual(('versioned_notifications',), first.topics)
        self.assertEqual(('thing', 'WARN'), (first.exchange, first.priority))
        self.assertEqual({'id': 'thing-1'}, second.payload)

    def test_send_waits(self) -> None:
        """send waits for a subscriber."""
        [(command, _)] = self.commands('console/send_wait.console')
        send = self.shell(command)
        with unixnotif.Consumer(self.uri) as consumer:
            self.assertIsNotNone(consumer.receive(base.DEADLINE))
        self.assertEqual('', send.finish())

    def test_oslo_messaging_command(self) -> None:
        """The stock command of oslo.messaging emits through the driver."""
        self.write('config/nova.conf', 'nova.conf')
        with unixnotif.Consumer(self.uri) as consumer:
            [(command, _)] = self.commands('console/send_oslo.console')
            send = self.shell(command)
            output = send.finish()
            received = consumer.receive(0)
        self.assertEqual(0, send.process.returncode, output)
        assert received is not None
        # That command does not read the payload as JSON.
        self.assertEqual('{"id": "thing-1"}', received.payload)


class ForeignTest(base.ExampleTest):
    def setUp(self) -> None:
        super().setUp()
        self.out = unixnotif.Publisher(f'unix://{self.directory}.sock')
        self.addCleanup(self.out.close)
        self.out.open()

    def follow(self, name: str, out: unixnotif.Publisher) -> base.Running:
        """Start the command of a session; wait until it is subscribed."""
        [(command, _)] = self.commands(f'console/{name}.console')
        for program in ('nc', 'socat', 'jq'):
            if f'{program} -' in command and not shutil.which(program):
                self.skipTest(f'{program} is not installed')
        running = self.shell(command)
        self.await_subscribers(1, out)
        return running

    def check_lines(self, name: str, out: unixnotif.Publisher) -> None:
        """Check that a program prints each document as one line."""
        running = self.follow(name, out)
        first = _document('x.y', 0)
        # A program's socket has its name a moment before it listens.
        testing.wait_until(
            lambda: out.publish(first).delivered > 0, base.DEADLINE
        )
        documents = [_document('x.y', n) for n in (1, 2)]
        for each in documents:
            out.publish(each)
        for each in [first, *documents]:
            self.assertEqual(f'{each.decode()}\n', running.line())

    def test_nc(self) -> None:
        """nc reads a listening socket."""
        self.check_lines('nc', self.out)

    def test_socat(self) -> None:
        """socat reads a listening socket."""
        self.check_lines('socat', self.out)

    def test_socat_in_a_directory(self) -> None:
        """socat listens in a rendezvous directory."""
        out = unixnotif.Publisher(self.uri)
        self.addCleanup(out.close)
        self.check_lines('socat_listen', out)

    def test_jq(self) -> None:
        """jq takes what socat prints."""
        running = self.follow('socat_jq', self.out)
        self.out.publish(_document('x.y'))
        self.assertEqual('x.y\n', running.line())
