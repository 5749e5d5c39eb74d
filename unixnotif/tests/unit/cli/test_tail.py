# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""``unixnotif tail``."""

import json
import os
from typing import Any

import fixtures

from unixnotif import address
from unixnotif import cli
from unixnotif import consumer
from unixnotif import notification
from unixnotif import publisher
from unixnotif import rendezvous
from unixnotif.cli import output
from unixnotif.cli import subscriber
from unixnotif.tests import base as support
from unixnotif.tests import hostile
from unixnotif.tests.unit.cli import base


class TailTest(base.TestCase):
    """The output, and the end of the command."""

    def tail(self, where: address.Address, *argv: str) -> int:
        return self.code(lambda: cli.main(['tail', str(where), *argv]))

    def emitting(
        self, where: address.Address, *documents: bytes, **options: Any
    ) -> publisher.Publisher:
        """Publish as soon as the command has subscribed."""
        out = publisher.Publisher(where, **options)
        self.addCleanup(out.close)
        subscribe = consumer.Consumer.subscribe

        def subscribe_and_emit(*args: Any) -> None:
            subscribe(*args)
            for each in documents:
                out.publish(each)

        self.useFixture(
            fixtures.MonkeyPatch(
                'unixnotif.consumer.Consumer.subscribe', subscribe_and_emit
            )
        )
        return out

    def payloads(self) -> list[Any]:
        return [
            json.loads(line)['payload']
            for line in self.text(self.out).splitlines()
        ]

    def test_count(self) -> None:
        """tail ends after N notifications and removes its socket."""
        where = self.new_directory()
        self.emitting(where, *map(support.document, range(3)))
        self.assertEqual(0, self.tail(where, '--count', '2'))
        self.assertEqual([0, 1], self.payloads())
        self.assertEqual('unixnotif: subscribed\n', self.text(self.err))
        self.assertEqual([], os.listdir(where.path))

    def test_timeout(self) -> None:
        """Without a count, the end of the timeout is a success."""
        where = self.new_directory()
        self.emitting(where, support.document(1))
        self.assertEqual(0, self.tail(where, '--timeout', '0.01'))
        self.assertEqual([1], self.payloads())

    def test_timeout_before_count(self) -> None:
        """tail prints fewer than N notifications and then fails."""
        where = self.new_directory()
        self.emitting(where, support.document(1))
        argv = ('--timeout', '0.01', '--count', '2')
        self.assertEqual(1, self.tail(where, *argv))
        self.assertEqual([1], self.payloads())

    def test_filters(self) -> None:
        """Only what matches is printed and counted."""
        where = self.new_directory()
        matching = {
            'event_type': 'a.b',
            'priority': 'ERROR',
            'topics': ('x', 'y'),
        }
        self.emitting(
            where,
            support.document(1, **{**matching, 'event_type': 'c'}),
            support.document(2, **{**matching, 'priority': 'INFO'}),
            support.document(3, **{**matching, 'topics': ('x',)}),
            support.document(4, **matching),
            support.document(5, **{**matching, 'event_type': 'b'}),
        )
        argv = '--event-type a.* --event-type b --priority error --topic y'
        self.assertEqual(0, self.tail(where, *argv.split(), '--count=2'))
        self.assertEqual([4, 5], self.payloads())

    def test_names_of_one_priority(self) -> None:
        """Warn and warning are the same."""
        where = self.new_directory()
        self.emitting(
            where,
            support.document(1, priority='INFO'),
            support.document(2, priority='WARN'),
        )
        argv = ('--priority', 'warning', '--count', '1')
        self.assertEqual(0, self.tail(where, *argv))
        self.assertEqual([2], self.payloads())

    def test_group(self) -> None:
        """Members of a group share one copy."""
        where = self.new_directory()
        member = self.new_consumer(where, 'audit')
        self.emitting(where, *map(support.document, range(4)))
        argv = ('--group', 'audit', '--timeout', '0.01')
        self.assertEqual(0, self.tail(where, *argv))
        self.assertEqual(2, len(self.payloads()))
        self.assertEqual(2, len(support.payloads(member)))

    def test_wrong_group(self) -> None:
        """An invalid name of a group is a wrong command line."""
        self.assertEqual(2, self.tail(self.new_directory(), '--group', 'a b'))
        self.assertIn("'a b' is not a group", self.text(self.err))

    def test_group_at_a_socket(self) -> None:
        """The message says that groups need a directory."""
        self.assertEqual(2, self.tail(self.new_socket(), '--group', 'audit'))
        self.assertIn('groups need a rendezvous', self.text(self.err))

    def test_loss_is_reported(self) -> None:
        """The command reports each loss, with its reason, on stderr."""
        where = self.new_directory()
        large = support.document('x' * 4096)
        self.emitting(
            where,
            support.document(1),
            large,
            support.document(2),
            large,
            large,
            support.document(3),
            max_message_size=4096,
        )
        self.assertEqual(0, self.tail(where, '--count', '3'))
        self.assertEqual([1, 2, 3], self.payloads())
        reported = [
            line for line in self.text(self.err).splitlines() if 'lost' in line
        ]
        self.assertEqual(
            [
                'unixnotif: this subscriber lost 1 notification '
                '(too_large: 1)',
                'unixnotif: this subscriber lost 2 notifications '
                '(too_large: 2)',
            ],
            reported,
        )

    def test_losses_are_aggregated(self) -> None:
        """Many losses are one line a second, and one line at the end."""
        clock = self.new_clock()
        clock.stop()
        where = self.new_directory()
        lost = [
            notification.Lost(n, {f'r{n % 2}': n}).encode()
            for n in range(1, 201)
        ]
        # A document after each record makes the consumer count it alone.
        sent = [x for each in lost for x in (each, support.document())]
        self.emitting(where, *sent)
        show = output.JsonView.show
        shown = 0

        def count(*args: Any) -> None:
            nonlocal shown
            shown += 1
            if shown == 100:
                clock.advance(1)
            show(*args)

        self.patch(output.JsonView, 'show', count)
        self.assertEqual(0, self.tail(where, '--count', '200'))
        self.assertEqual(
            [
                'unixnotif: subscribed',
                'unixnotif: this subscriber lost 1 notification (r1: 1)',
                'unixnotif: this subscriber lost 5150 notifications '
                '(r0: 2550, r1: 2600)',
                'unixnotif: this subscriber lost 14949 notifications '
                '(r0: 7550, r1: 7399)',
            ],
            self.text(self.err).splitlines(),
        )

    def test_failures_are_aggregated(self) -> None:
        """Messages about too little memory are aggregated, too."""
        clock = self.new_clock()
        clock.stop()
        for count, more in (
            (2, '1 more notification'),
            (9, '8 more notifica'),
        ):
            failures = subscriber.Failures('cannot print')
            for _ in range(count):
                failures.add('out of memory')
            failures.finish()
            failures.finish()
            self.assertEqual(count, failures.total)
            first, last = self.text(self.err).splitlines()[-2:]
            self.assertEqual(
                'unixnotif: cannot print a notification: out of memory', first
            )
            self.assertIn(f'unixnotif: cannot print {more}', last)

    def test_loss_at_the_end(self) -> None:
        """A loss is reported even if no notification follows."""
        where = self.new_directory()
        out = self.emitting(where, max_message_size=4096)
        subscribe = consumer.Consumer.subscribe

        def subscribe_and_lose(*args: Any) -> None:
            subscribe(*args)
            out.publish(support.document('x' * 4096))
            out.close()

        self.useFixture(
            fixtures.MonkeyPatch(
                'unixnotif.consumer.Consumer.subscribe', subscribe_and_lose
            )
        )
        self.assertEqual(0, self.tail(where, '--timeout', '0.01'))
        self.assertIn(
            'unixnotif: this subscriber lost 1 notification (too_large: 1)\n'
            'unixnotif: too_large: a document was too large; raise max_',
            self.text(self.err),
        )

    def test_garbage_is_reported(self) -> None:
        """Invalid documents are reported on stderr, and not printed."""
        where = self.new_directory()
        self.emitting(where, b'[]', support.document(1))
        self.assertEqual(0, self.tail(where, '--count', '1'))
        self.assertEqual([1], self.payloads())
        self.assertEqual(
            f'unixnotif: subscribed\nunixnotif: Rejected data at {where}: '
            'a document must be a JSON object, not []\n',
            self.text(self.err),
        )

    def test_hostile_documents(self) -> None:
        """The command prints the good ones and escapes every output."""
        where = self.new_directory()
        self.emitting(
            where,
            *hostile.BAD.values(),
            *hostile.LOST.values(),
            *hostile.GOOD.values(),
            support.document('after'),
        )
        count = str(len(hostile.GOOD) + 1)
        self.assertEqual(0, self.tail(where, '--count', count))
        self.assertEqual('after', self.payloads()[-1])
        for stream in (self.out, self.err):
            text = self.text(stream).replace('\n', '')
            self.assertTrue(text.isprintable(), repr(text))
        for line in self.text(self.err).splitlines():
            self.assertTrue(line.startswith('unixnotif: '), line)

    def test_not_enough_memory(self) -> None:
        """The command reports the notification and prints the next one."""
        where = self.new_directory()
        dumps = json.dumps

        def fail(value: Any, **options: Any) -> str:
            if value['payload'] == 'large':
                raise MemoryError
            return dumps(value, **options)

        self.useFixture(
            fixtures.MonkeyPatch('unixnotif.cli.output.json.dumps', fail)
        )
        self.emitting(where, support.document('large'), support.document(1))
        self.assertEqual(0, self.tail(where, '--count', '1'))
        self.assertEqual([1], self.payloads())
        self.assertEqual(
            'unixnotif: subscribed\n'
            'unixnotif: cannot print a notification: out of memory\n',
            self.text(self.err),
        )

    def test_waiting(self) -> None:
        """tail names the missing path, and reports that it subscribed."""
        where = address.Address(f'{self.new_directory().path}/later')

        def make(seconds: float) -> None:
            rendezvous.make(where.path, 0o660)

        clock = self.new_clock(sleeping=True)
        clock.sleep = make  # type: ignore[method-assign]
        self.emitting(where, support.document(1))
        self.assertEqual(0, self.tail(where, '--count', '1'))
        self.assertEqual([1], self.payloads())
        waiting, subscribed = self.text(self.err).splitlines()
        self.assertTrue(
            waiting.startswith(
                f'unixnotif: waiting: directory {where.path}: No such file '
                'or directory; '
            ),
            waiting,
        )
        self.assertEqual('unixnotif: subscribed', subscribed)

    def test_waiting_in_vain(self) -> None:
        """The command fails if the timeout expires before it can subscribe."""
        where = self.new_socket()
        self.assertEqual(1, self.tail(where, '--timeout', '0.01'))
        message = f'socket {where.path}: no driver listens there (yet)\n'
        self.assertEqual(
            f'unixnotif: waiting: {message}unixnotif: {message}',
            self.text(self.err),
        )

    def test_file_in_place(self) -> None:
        """tail does not wait if a file of another kind has the name."""
        file = f'{self.new_directory().path}/file'
        with open(file, 'w'):
            pass
        for where in (
            address.Address(file),
            address.Address(file, is_directory=False),
        ):
            self.assertEqual(1, self.tail(where))
        self.assertEqual(
            f'unixnotif: directory {file}: Not a directory\n'
            f'unixnotif: socket {file}: a file that is not a socket has this '
            'name\n',
            self.text(self.err),
        )

    def test_directory_in_place(self) -> None:
        """If a socket's path is a directory, the error advises unix+dir://."""
        path = self.new_directory().path
        where = address.Address(path, is_directory=False)
        self.assertEqual(1, self.tail(where))
        self.assertEqual(
            f'unixnotif: socket {path}: this is a directory; use '
            f'unix+dir://{path}\n',
            self.text(self.err),
        )

    def test_socket_in_place(self) -> None:
        """If a directory's path is a socket, the error advises unix://."""
        path = self.new_publisher(self.new_socket()).address.path
        self.assertEqual(1, self.tail(address.Address(path)))
        self.assertEqual(
            f'unixnotif: directory {path}: this is a socket; use '
            f'unix://{path}\n',
            self.text(self.err),
        )

    def test_stdout_is_closed(self) -> None:
        """A closed standard output gives a message without a traceback."""
        self.useFixture(fixtures.MonkeyPatch('sys.stdout', None))
        self.assertEqual(1, self.tail(self.new_directory()))
        self.assertEqual(
            'unixnotif: standard output is closed\n', self.text(self.err)
        )

    def test_command_line(self) -> None:
        """Numbers are checked."""
        where = self.new_directory()
        for argv, message in (
            ('--count=0', "--count: '0' is not a whole number above 0"),
            ('--timeout=-1', "--timeout: '-1' is not a number of seconds"),
        ):
            self.assertEqual(2, self.tail(where, argv))
            self.assertIn(f'error: argument {message}', self.text(self.err))
