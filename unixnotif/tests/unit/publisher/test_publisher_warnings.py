# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The log of a publisher: ready, errors and drops."""

import _socket
from collections.abc import Callable
import logging
import os
import shutil

import fixtures

from unixnotif import address
from unixnotif import publisher as publishers
from unixnotif import rendezvous
from unixnotif.publisher import drops
from unixnotif.rendezvous import listings
from unixnotif.tests import base
from unixnotif.tests.unit.publisher import cases
from unixnotif.tests.unit.rendezvous import helpers


class WarningTest(cases.PublisherCase):
    def test_rate_limited(self) -> None:
        """The publisher logs all drops, in one warning a minute."""
        for where in self.new_addresses():
            clock = self.new_clock()
            publisher = self.new_publisher(where, max_message_size=10)
            self.new_consumer(where)
            self.new_consumer(where)
            for _ in range(3):
                publisher.publish(b' ' * 11)
            publisher.publish(b'')
            self.assertEqual(
                [
                    f'WARNING 2 notifications for subscribers of {where} '
                    'were dropped (too_large: 2).'
                ],
                self.warnings_logged(),
            )
            clock.advance(drops.WARN_INTERVAL)

            publisher.publish(b' ' * 11)

            self.assertEqual(
                f'WARNING 8 notifications for subscribers of {where} '
                'were dropped (too_large: 6, unserializable: 2).',
                self.warnings_logged()[1],
            )
            publisher.publish(b'')
            publisher.close()
            self.assertEqual(
                f'WARNING 2 notifications for subscribers of {where} '
                'were dropped (unserializable: 2).',
                self.warnings_logged()[2],
            )
            self.logged.clear()

    def test_users(self) -> None:
        """The warning names the users whose subscribers missed something."""
        disguise = helpers.Disguise()
        self.patch(listings.Listing, '_examine', disguise.examine())
        where = self.new_directory()
        publisher = self.new_publisher(where, max_message_size=10)
        for name, uid in ('x.sock', 60001), ('audit@y.sock', 60002):
            disguise.users[name] = uid
            self.bind(where, name, _socket.SOCK_SEQPACKET)

        publisher.publish(b' ' * 11)

        [warning] = self.warnings_logged()
        self.assertIn('(too_large: 2) for users 60001, 60002.', warning)

    def test_no_place(self) -> None:
        """The publisher names the users without a place, once a minute."""
        clock = self.new_clock()
        clock.stop()
        disguise = helpers.Disguise()
        self.patch(listings.Listing, '_examine', disguise.examine())
        where = self.new_directory()
        publisher = self.new_publisher(where, max_subscribers=8)
        for number in range(5):
            disguise.users[f'{number}.sock'] = 60001
            self.bind(where, f'{number}.sock', _socket.SOCK_SEQPACKET)
        for count in 1, 2:
            for _ in range(3):
                publisher.publish(base.document())
            warnings = self.warnings_logged()
            self.assertEqual(count, len(warnings))
            self.assertEqual(
                f'WARNING 3 subscribers of {where} receive nothing. '
                'The limit is 8 in total (max_subscribers), and 2 for each '
                'user except root and the user of this process. Affected: '
                'user 60001. Raise max_subscribers, or stop subscribers.',
                warnings[-1],
            )
            clock.advance(drops.WARN_INTERVAL)

    def test_handler_publishes(self) -> None:
        """A log handler that publishes causes no endless recursion."""
        log = logging.getLogger(publishers.__name__)
        clock = self.new_clock()
        for where in self.new_addresses():
            publisher = self.new_publisher(
                where,
                max_message_size=2000,
                send_buffer_size=cases.SMALL_BUFFER,
            )
            receiver = self.new_consumer(where)
            records: list[logging.LogRecord] = []
            handler = _Relay(publisher, records)
            log.addHandler(handler)
            self.addCleanup(log.removeHandler, handler)

            publisher.publish(b' ' * 2001)
            self.assertEqual(['ERROR', 'WARNING'], base.payloads(receiver))
            clock.advance(drops.WARN_INTERVAL)
            emitted = cases.fill(publisher)
            log.removeHandler(handler)
            received = base.payloads(receiver)
            publisher.publish(base.document('last'))

            self.assertEqual(['last'], base.payloads(receiver))
            # The warning that the buffer is full made one more drop.
            self.assertEqual(3, len(records))
            self.assertEqual(emitted - 1, len(received))
            self.assertEqual(
                {'too_large': 1, 'buffer_full': 2}, receiver.lost_reasons
            )

    def test_handler_publishes_when_unavailable(self) -> None:
        """A log handler that publishes an error of the address ends, too."""
        where = address.Address(self.new_directory().path + '/no/no')
        publisher = publishers.Publisher(where)
        self.addCleanup(publisher.close)
        records: list[logging.LogRecord] = []
        handler = _Relay(publisher, records)
        drops.LOG.addHandler(handler)
        self.addCleanup(drops.LOG.removeHandler, handler)

        publisher.publish(base.document())

        self.assertEqual(['ERROR'], [each.levelname for each in records])


class ReadyTest(cases.PublisherCase):
    """One line for each source that a publisher opens."""

    def setUp(self) -> None:
        super().setUp()
        self.clock = self.new_clock()
        self.clock.stop()
        self.lines: list[str] = []
        handler = logging.Handler(logging.INFO)
        self.patch(
            handler,
            'emit',
            lambda record: self.lines.append(
                f'{record.levelname} {record.getMessage()}'
            ),
        )
        self.addCleanup(drops.LOG.setLevel, drops.LOG.level)
        drops.LOG.setLevel(logging.INFO)
        drops.LOG.addHandler(handler)
        self.addCleanup(drops.LOG.removeHandler, handler)

    def look(self, publisher: publishers.Publisher) -> None:
        """Publish at the time of a look at the path."""
        self.clock.advance(rendezvous.CHECK_INTERVAL)
        publisher.publish(base.document())

    def test_one_line(self) -> None:
        """Neither notifications nor subscribers make another line."""
        calls: list[Callable[[publishers.Publisher], object]] = [
            publishers.Publisher.open,
            publishers.Publisher.refresh,
            lambda publisher: publisher.publish(base.document()),
        ]
        for call in calls:
            for where in self.new_addresses():
                publisher = publishers.Publisher(where)
                self.addCleanup(publisher.close)
                call(publisher)
                self.new_consumer(where)
                for _ in range(3):
                    self.look(publisher)
                    publisher.refresh()
                    publisher.open()

                self.assertEqual(
                    [f'INFO Ready: publishing to {where}.'], self.lines
                )
                self.lines.clear()

    def test_recreated(self) -> None:
        """Another directory at the path is another source."""
        where = self.new_directory()
        publisher = self.new_publisher(where)
        for _ in range(2):
            shutil.rmtree(where.path)
            os.mkdir(where.path)
            self.look(publisher)
            self.look(publisher)

        self.assertEqual(
            [f'INFO Ready: publishing to {where}.'] * 3, self.lines
        )

    def test_removed_socket(self) -> None:
        """A socket that is bound again belongs to the same source."""
        where = self.new_socket()
        publisher = self.new_publisher(where)
        os.unlink(where.path)
        self.look(publisher)

        self.assertTrue(os.path.exists(where.path))
        self.assertEqual([f'INFO Ready: publishing to {where}.'], self.lines)

    def test_after_an_error(self) -> None:
        """The line comes when the address can be used."""
        parent = self.new_directory().path + '/later'
        where = address.Address(f'{parent}/x')
        publisher = publishers.Publisher(where)
        self.addCleanup(publisher.close)
        for _ in range(3):
            self.look(publisher)
        os.mkdir(parent)
        for _ in range(3):
            self.look(publisher)

        error, ready = self.lines
        self.assertIn(f'ERROR Cannot publish to {where}: ', error)
        self.assertEqual(f'INFO Ready: publishing to {where}.', ready)

    def test_first_look_fails(self) -> None:
        """An open source is ready, although the first look has failed."""
        where = self.new_directory()
        publisher = publishers.Publisher(where)
        self.addCleanup(publisher.close)

        def fail(scanner: rendezvous.Scanner, known: object) -> None:
            raise OSError('no descriptor left')

        with fixtures.MonkeyPatch('unixnotif.rendezvous.Scanner.scan', fail):
            self.look(publisher)
        self.look(publisher)

        self.assertEqual(
            [
                f'INFO Ready: publishing to {where}.',
                f'ERROR Cannot publish to {where}: no descriptor left. '
                'Retrying at the next notification.',
            ],
            self.lines,
        )


class ErrorTest(cases.PublisherCase):
    """Few errors, however many notifications."""

    def setUp(self) -> None:
        super().setUp()
        self.clock = self.new_clock()
        self.clock.stop()
        self.parent = self.new_directory().path + '/parent'
        self.publisher = publishers.Publisher(
            address.Address(f'{self.parent}/x')
        )
        self.addCleanup(self.publisher.close)

    def reasons(self) -> list[str]:
        """Publish a few times; return the reasons of the new errors."""
        self.logged.clear()
        for _ in range(3):
            self.publisher.publish(base.document())
        prefix = f'ERROR Cannot publish to {self.publisher.address}: '
        suffix = '. Retrying at the next notification.'
        for line in self.logged:
            self.assertTrue(line.startswith(prefix), line)
            self.assertTrue(line.endswith(suffix), line)
        return [line[len(prefix) : -len(suffix)] for line in self.logged]

    def test_once_a_minute(self) -> None:
        """The same reason is logged once a minute."""
        for _ in range(3):
            (reason,) = self.reasons()
            self.assertIn('No such file or directory', reason)
            self.clock.advance(drops.WARN_INTERVAL - 1)
            self.assertEqual([], self.reasons())
            self.clock.advance(1)

    def test_other_reason(self) -> None:
        """Each reason is logged at once, and once a minute."""
        (first,) = self.reasons()
        with open(self.parent, 'w'):
            pass
        (second,) = self.reasons()
        self.assertNotEqual(first, second)

        os.unlink(self.parent)
        self.assertEqual([], self.reasons())
        with open(self.parent, 'w'):
            pass
        self.assertEqual([], self.reasons())

    def test_after_success(self) -> None:
        """A reason that returns after a success is logged at once."""
        (first,) = self.reasons()
        os.mkdir(self.parent)
        self.assertEqual([], self.reasons())
        shutil.rmtree(self.parent)
        self.clock.advance(rendezvous.CHECK_INTERVAL)

        self.assertEqual([first], self.reasons())


class _Relay(logging.Handler):
    """Publishes each log record, as a handler of oslo.log can."""

    def __init__(
        self,
        publisher: publishers.Publisher,
        records: list[logging.LogRecord],
    ) -> None:
        super().__init__()
        self._publisher = publisher
        self._records = records

    def emit(self, record: logging.LogRecord) -> None:
        if len(self._records) > 20:
            raise AssertionError('logging without end')
        self._records.append(record)
        self._publisher.publish(base.document(record.levelname))
