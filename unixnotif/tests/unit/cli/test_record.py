# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""``unixnotif record``."""

import dataclasses
import os
import signal
import stat
from typing import Any

import fixtures

from unixnotif import address
from unixnotif import cli
from unixnotif import consumer
from unixnotif import errors
from unixnotif import lost_record
from unixnotif import notification
from unixnotif import publisher
from unixnotif import recording
from unixnotif import shares
from unixnotif.cli import record
from unixnotif.consumer import decoder
from unixnotif.tests import base as support
from unixnotif.tests import hostile
from unixnotif.tests.unit.cli import base


def _unsent(
    these: list[notification.Notification],
) -> list[notification.Notification]:
    """Return the notifications without their senders."""
    return [dataclasses.replace(each, sender=None) for each in these]


class RecordTest(base.TestCase):
    """The content of the file, and the end of the command."""

    def setUp(self) -> None:
        super().setUp()
        # Under nohup, the tests ignore SIGHUP, too.
        before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
        self.addCleanup(signal.signal, signal.SIGHUP, before)
        self.where = self.new_directory()
        directory = self.useFixture(fixtures.TempDir()).path
        self.file = os.path.join(directory, 'capture.jsonl')

    def record(self, *argv: str, where: address.Address | None = None) -> int:
        uri = str(where or self.where)
        return self.code(lambda: cli.main(['record', uri, self.file, *argv]))

    def emitting(
        self, *documents: bytes, then: Any = None, **options: Any
    ) -> None:
        """Publish, then call a function, once the command has subscribed."""
        out = publisher.Publisher(self.where, **options)
        self.addCleanup(out.close)
        subscribe = consumer.Consumer.subscribe

        def subscribe_and_emit(*args: Any) -> None:
            subscribe(*args)
            for each in documents:
                out.publish(each)
            if then is not None:
                then(out)

        self.useFixture(
            fixtures.MonkeyPatch(
                'unixnotif.consumer.Consumer.subscribe', subscribe_and_emit
            )
        )

    def payloads(self) -> list[Any]:
        return [
            each.notification.payload
            for each in recording.read(self.file)
            if isinstance(each, recording.Recorded)
        ]

    def test_address_alone(self) -> None:
        """An address is no file name, even if a variable sets the URI."""
        self.useFixture(
            fixtures.EnvironmentVariable('UNIXNOTIF_URI', str(self.where))
        )
        uri = 'unix+dir:///run/nova/notifications'
        self.assertEqual(2, self.code(lambda: cli.main(['record', uri])))
        self.assertIn(
            f"argument FILE: '{uri}' is an address, but a file name is "
            'required',
            self.text(self.err),
        )

    def test_count(self) -> None:
        """record ends after N notifications and removes its socket."""
        self.emitting(*map(support.document, range(3)))
        self.assertEqual(0, self.record('--count', '2'))
        self.assertEqual([0, 1], self.payloads())
        self.assertEqual('unixnotif: subscribed\n', self.text(self.err))
        self.assertEqual([], os.listdir(self.where.path))

    def test_timeout(self) -> None:
        """Notifications that arrived before the timeout are in the file."""
        self.emitting(*map(support.document, range(100)))
        self.assertEqual(0, self.record('--timeout', '0'))
        self.assertEqual(list(range(100)), self.payloads())

    def test_timeout_before_count(self) -> None:
        """A timeout before the count fails, and keeps the notifications."""
        self.emitting(support.document(1))
        self.assertEqual(1, self.record('--timeout=0.01', '--count=2'))
        self.assertEqual([1], self.payloads())

    def test_count_of_waiting_notifications(self) -> None:
        """Notifications that already wait in the socket count as well."""
        self.emitting(*map(support.document, range(9)))
        self.assertEqual(0, self.record('--timeout=0', '--count=3'))
        self.assertEqual([0, 1, 2], self.payloads())

    def test_stopped(self) -> None:
        """After a signal, all delivered notifications are in the file."""
        self._check_stopped(signal.SIGTERM)

    def test_interrupted(self) -> None:
        """Ctrl-C ends the command as a signal does."""
        self._check_stopped(signal.SIGINT)

    def _check_stopped(self, number: int) -> None:
        self.emitting(
            *map(support.document, range(100)),
            then=lambda out: signal.raise_signal(number),
        )
        self.assertEqual(0, self.record())
        self.assertEqual(list(range(100)), self.payloads())

    def test_full_disk(self) -> None:
        """record reports how many notifications are not in the file."""

        def write(*args: Any) -> None:
            raise errors.UnavailableError('recording x: no space left')

        self.useFixture(
            fixtures.MonkeyPatch(
                'unixnotif.recording.Writer.write_encoded', write
            )
        )
        self.emitting(*map(support.document, range(300)))
        self.assertEqual(1, self.record())
        self.assertEqual(1, self.record('--timeout=0'))
        self.assertEqual(
            (
                'unixnotif: subscribed\n'
                'unixnotif: delivered notifications that are not in the '
                'file: at most 300\n'
                'unixnotif: recording x: no space left\n'
            )
            * 2,
            self.text(self.err),
        )

    def test_full_disk_decodes_nothing(self) -> None:
        """Counting the missing notifications takes no time to decode them."""

        def write(*args: Any) -> None:
            self.patch(notification, 'decode', None)
            raise errors.UnavailableError('recording x: no space left')

        self.patch(recording.Writer, 'write_encoded', write)
        self.emitting(*map(support.document, range(300)))
        self.assertEqual(1, self.record())
        self.assertIn('at most 300\n', self.text(self.err))

    def test_slow_documents(self) -> None:
        """record discards slow documents at its end, and reports them."""
        self.patch(shares, 'is_exempt', lambda uid: False)
        self.patch(decoder, 'MAX_SECONDS', 0.0)
        self.emitting(*map(support.document, range(3)))
        self.assertEqual(1, self.record('--timeout=0'))
        self.assertIn(
            'discarded 3 documents: decoding took too long\n',
            self.text(self.err),
        )

    def test_hostile_documents(self) -> None:
        """Every accepted document is in the file, and can be read again."""
        sent = [*hostile.LOST.values(), *hostile.GOOD.values()]
        self.emitting(*hostile.BAD.values(), *sent, support.document('after'))
        count = str(len(hostile.GOOD) + 1)
        self.assertEqual(0, self.record('--count', count))
        self.assertEqual('after', self.payloads()[-1])
        decoded = map(notification.decode, hostile.GOOD.values())
        read = [
            each.notification
            for each in recording.read(self.file)
            if isinstance(each, recording.Recorded)
        ]
        self.assertEqual(repr(list(decoded)), repr(_unsent(read[:-1])))
        lost = [
            each.count
            for each in recording.read(self.file)
            if isinstance(each, recording.RecordedLost)
        ]
        self.assertEqual(2 * lost_record.MAX_LOST + 199, sum(lost))
        output = self.text(self.err).replace('\n', '')
        self.assertTrue(output.isprintable(), repr(output))

    def test_large_documents_are_written_at_once(self) -> None:
        """The size of a batch is limited, not only its number of lines."""
        large = support.document('x' * 400_000)
        written = []
        write = recording.Writer.write_encoded

        def note(writer: recording.Writer, these: list[bytes]) -> None:
            written.append(len(these))
            write(writer, these)

        self.useFixture(
            fixtures.MonkeyPatch(
                'unixnotif.recording.Writer.write_encoded', note
            )
        )
        self.emitting(*[large] * 8, send_buffer_size=8 << 20)
        self.assertEqual(0, self.record('--count=8'))
        self.assertEqual(8, sum(written))
        self.assertLessEqual(max(written), 3)

    def test_not_enough_memory(self) -> None:
        """The command reports the notification and records the others."""
        encode = recording.Recorded.encode

        def fail(line: recording.Recorded) -> bytes:
            if line.notification.payload == 'large':
                raise MemoryError
            return encode(line)

        self.useFixture(
            fixtures.MonkeyPatch('unixnotif.recording.Recorded.encode', fail)
        )
        self.emitting(
            *map(support.document, (1, 'large', 2)),
            then=lambda out: signal.raise_signal(signal.SIGTERM),
        )
        self.assertEqual(1, self.record())
        self.assertEqual([1, 2], self.payloads())
        self.assertEqual(
            'unixnotif: subscribed\n'
            'unixnotif: cannot record a notification: MemoryError\n',
            self.text(self.err),
        )

    def test_not_enough_memory_for_a_batch(self) -> None:
        """The command reports the batch and records the next ones."""
        batches = []
        write = recording.Writer.write_encoded

        def fail(writer: recording.Writer, these: list[bytes]) -> None:
            batches.append(these)
            if len(batches) == 1:
                raise MemoryError
            write(writer, these)

        self.useFixture(
            fixtures.MonkeyPatch(
                'unixnotif.recording.Writer.write_encoded', fail
            )
        )
        self.emitting(*map(support.document, range(300)))
        self.assertEqual(1, self.record('--count=300'))
        first = len(batches[0])
        self.assertEqual(list(range(first, 300)), self.payloads())
        self.assertIn(
            'unixnotif: out of memory; notifications that are not in the '
            f'file: at most {first}\n',
            self.text(self.err),
        )

    def test_hangup_in_a_terminal(self) -> None:
        """The command ends when its terminal closes."""
        stream = self.replace('stdin')
        self.useFixture(fixtures.MonkeyPatch('sys.stdin', stream))
        stream.isatty = lambda: True  # type: ignore[method-assign]
        self.emitting(
            support.document(1),
            then=lambda out: signal.raise_signal(signal.SIGHUP),
        )
        self.assertEqual(0, self.record())
        self.assertEqual([1], self.payloads())

    def test_hangup_is_ignored(self) -> None:
        """An ignored SIGHUP stays ignored, as under nohup."""
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        self.emitting(support.document(1))
        self.assertEqual(0, self.record('--count=1'))
        self.assertEqual(signal.SIG_IGN, signal.getsignal(signal.SIGHUP))

    def test_filters(self) -> None:
        """Only what matches is in the file."""
        self.emitting(
            support.document(1, event_type='a.b', priority='INFO'),
            support.document(2, event_type='a.b', priority='ERROR'),
            support.document(3, event_type='b', priority='ERROR'),
        )
        argv = '--event-type a.* --priority error --timeout 0'
        self.assertEqual(0, self.record(*argv.split()))
        self.assertEqual([2], self.payloads())

    def test_losses(self) -> None:
        """Losses are reported, and recorded in order with their time."""
        large = support.document('x' * 4096)
        self.emitting(
            support.document(1),
            large,
            support.document(2),
            large,
            large,
            then=lambda out: out.close(),
            max_message_size=4096,
        )
        self.assertEqual(0, self.record('--timeout=0'))
        found = [
            each.reasons
            if isinstance(each, recording.RecordedLost)
            else each.notification.payload
            for each in recording.read(self.file)
        ]
        self.assertEqual([1, {'too_large': 1}, 2, {'too_large': 2}], found)
        self.assertIn(
            'unixnotif: this subscriber lost 1 notification (too_large: 1)\n'
            'unixnotif: this subscriber lost 2 notifications '
            '(too_large: 2)\n',
            self.text(self.err),
        )
        last = list(recording.read(self.file))[-1]
        self.assertIsNotNone(last.received)

    def test_rotation(self) -> None:
        """N renamed files stay beside the newest; each is readable alone."""
        self.emitting(*map(support.document, range(9)))
        argv = '--timeout=0 --max-size 1 --max-files 2 --mode 0640'
        self.assertEqual(0, self.record(*argv.split()))
        names = recording.files(self.file)
        self.assertEqual(3, len(names))
        for name in names:
            self.assertEqual(1, len(list(recording.read(name))))
            self.assertEqual(0o640, stat.S_IMODE(os.stat(name).st_mode))

    def test_foreign_file(self) -> None:
        """record refuses the file before it subscribes, and keeps the file."""
        with open(self.file, 'w') as file:
            file.write('precious\n')
        self.assertEqual(1, self.record())
        self.assertEqual(
            f'unixnotif: {self.file}, line 1: not a JSON document: Expecting '
            'value: line 1 column 1 (char 0); the file is not a recording, '
            'and was not changed. Choose another file\n',
            self.text(self.err),
        )
        with open(self.file) as file:
            self.assertEqual('precious\n', file.read())

    def test_waiting_in_vain(self) -> None:
        """The command fails if the timeout expires before it can subscribe."""
        where = self.new_socket()
        self.assertEqual(1, self.record('--timeout=0.01', where=where))
        self.assertIn('unixnotif: waiting: socket', self.text(self.err))
        self.assertEqual([], self.payloads())

    def test_command_line(self) -> None:
        """Sizes and modes are checked, and the error has an example."""
        for argv, message in (
            ('--max-size=x', "--max-size: 'x' is not a number of bytes"),
            ('--max-size=-1', "--max-size: '-1' is not a number of bytes"),
            ('--max-size=1.5G', 'for example 100M, or 0'),
            ('--max-files=0', "--max-files: '0' is not a whole number"),
            ('--mode=rw', "--mode: 'rw' is not a mode, for example 0640"),
            ('--mode=0888', "--mode: '0888' is not a mode"),
        ):
            self.assertEqual(2, self.record(argv))
            self.assertIn(message, self.text(self.err))
        self.assertFalse(os.path.exists(self.file))

    def test_sizes(self) -> None:
        """The units of sizes are powers of 1024."""
        for text, value in (
            ('0', 0),
            ('512', 512),
            ('1k', 1024),
            ('10M', 10 << 20),
            ('2GB', 2 << 30),
        ):
            self.assertEqual(value, record._size(text))
