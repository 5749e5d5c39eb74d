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

"""What a publisher says in the log."""

import logging

from unixnotif import address
from unixnotif import publisher as publishers
from unixnotif.publisher import drops
from unixnotif.tests import base
from unixnotif.tests.unit.publisher import cases


class WarningTest(cases.PublisherCase):
    def test_rate_limited(self) -> None:
        """A warning a minute, whose counts add up to all drops."""
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

    def test_handler_publishes(self) -> None:
        """A log handler that emits a notification ends in no recursion."""
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
        """The same when the error is that nobody can be reached."""
        where = address.Address(self.new_directory().path + '/no/no')
        publisher = publishers.Publisher(where)
        self.addCleanup(publisher.close)
        records: list[logging.LogRecord] = []
        handler = _Relay(publisher, records)
        drops.LOG.addHandler(handler)
        self.addCleanup(drops.LOG.removeHandler, handler)

        publisher.publish(base.document())

        self.assertEqual(['ERROR'], [each.levelname for each in records])


class _Relay(logging.Handler):
    """Emits a notification for what is logged, as oslo.log's can."""

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
