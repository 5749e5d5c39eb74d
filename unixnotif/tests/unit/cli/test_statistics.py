# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Statistics of notifications."""

import math

from unixnotif import lost_record
from unixnotif import notification
from unixnotif.cli import statistics
from unixnotif.tests import base


class RowTest(base.TestCase):
    def test_rate(self) -> None:
        """A steady rate is right after 3 seconds, and fades at the end."""
        row = statistics.Row()
        for n in range(1, 601):
            row.add(10, 1000 + n / 10)
            if n % 10 == 0 and n > 20:
                rate = row.rate(1000 + n / 10, 1000)
                self.assertTrue(9.5 < rate < 11, (n, rate))
        self.assertLess(row.rate(1120, 1000), 0.1)
        self.assertEqual(0, statistics.Row().rate(1000, 1000))

    def test_sums(self) -> None:
        """Counts of merged rows add up."""
        first, second = statistics.Row(), statistics.Row()
        first.add(10, 5)
        second.add(30, 7)
        second.add(20, 6)
        first.merge(second)
        self.assertEqual(
            (3, 60, 30, 7.0),
            (first.count, first.size, first.largest, first.last),
        )


class TableTest(base.TestCase):
    def test_bound(self) -> None:
        """A flood of names removes only its own rows, which stay counted."""
        table = statistics.Table(20)
        for n in range(1000):
            table.add((f'flood.{n}',), 1, n)
            if n % 10 == 0:
                table.add(('busy',), 1, n)
        self.assertEqual(20, len(table.rows))
        self.assertEqual(100, table.rows['busy',].count)
        self.assertEqual(981, table.removed)
        self.assertEqual(981, table.others.count)

    def test_every_notification_is_counted(self) -> None:
        """Counts stay complete when removed names return."""
        table = statistics.Table(10)
        for n in range(500):
            table.add((f'{n % 30}',), 2, n)
        found = sum(row.count for row in table.rows.values())
        self.assertEqual(500, found + table.others.count)
        self.assertLessEqual(len(table.rows), 10)

    def test_long_names(self) -> None:
        """A long name is cut."""
        table = statistics.Table()
        table.add(('x' * 10**6, 'y'), 1, 1)
        [(name, other)] = table.rows
        self.assertEqual((statistics.MAX_NAME, 'y'), (len(name), other))


class TimelineTest(base.TestCase):
    def test_last(self) -> None:
        """Old counts are discarded."""
        line = statistics.Timeline(5, 4, is_whole=False)
        for when in (100, 101, 107, 122):
            line.add(when)
        self.assertEqual([1, 0, 0, 1], line.counts)
        line.advance(10**12)
        self.assertEqual([0, 0, 0, 0], line.counts)

    def test_whole(self) -> None:
        """Merging intervals bounds their number and keeps the total."""
        line = statistics.Timeline(1, 8, is_whole=True)
        for n in range(1000):
            line.add(n)
            self.assertLessEqual(len(line.counts), 8)
        self.assertEqual((128, 1000), (line.width, sum(line.counts)))
        self.assertEqual(128, line.counts[0])
        line.add(10**12)
        self.assertLessEqual(len(line.counts), 8)
        self.assertEqual(1001, sum(line.counts))

    def test_backwards(self) -> None:
        """A time before the first interval counts in the first interval."""
        line = statistics.Timeline(1, 8, is_whole=True)
        line.add(100)
        line.add(3)
        self.assertEqual([2], line.counts)


class StatisticsTest(base.TestCase):
    def new(self) -> statistics.Statistics:
        return statistics.Statistics(statistics.Timeline(1, 60, True))

    def test_dimensions(self) -> None:
        """Each notification is a row in each table."""
        counted = self.new()
        payload = {
            'nova_object.name': 'InstancePayload',
            'nova_object.version': '1.8',
            'nova_object.data': {},
        }
        sender = notification.Sender(pid=42, uid=1, gid=1)
        sent = base.new_notification(payload, sender=sender)
        counted.add(sent, 10, 'nova-compute')
        counted.add(base.new_notification(publisher_id=None), 12)
        self.assertEqual(
            {
                'event_type': [('instance.create.end',)],
                'publisher': [('nova-compute:host1',), ('',)],
                'payload': [('InstancePayload', '1.8'), ('', '')],
                'process': [('42', 'nova-compute'), ('', '')],
                'event': [
                    (
                        'nova-compute',
                        'instance.create.end',
                        'InstancePayload',
                        '1.8',
                    ),
                    ('', 'instance.create.end', '', ''),
                ],
            },
            {name: list(table.rows) for name, table in counted.tables.items()},
        )
        self.assertEqual(len(sent.encode()), counted.total.largest)
        self.assertEqual(1.0, counted.average(counted.total))

    def test_lost(self) -> None:
        """The number of reasons is bounded."""
        counted = self.new()
        for n in range(1000):
            counted.add_lost({f'r{n}': 1})
        self.assertEqual(1000, counted.lost.total())
        self.assertLessEqual(len(counted.lost), lost_record.MAX_REASONS + 1)

    def test_service(self) -> None:
        """The host is no part of a service."""
        for publisher, expected in (
            ('nova-compute:host1.example.org', 'nova-compute'),
            ('volume.host1', 'volume'),
            ('x', 'x'),
            ('', ''),
        ):
            self.assertEqual(expected, statistics.service(publisher))

    def test_sparkline(self) -> None:
        """The largest count has the last mark, and only 0 the first."""
        self.assertEqual('▁▂▂█', statistics.sparkline([0, 1, 5, 50]))
        self.assertEqual('▁▁', statistics.sparkline([0, 0]))
        self.assertEqual('', statistics.sparkline([]))
        self.assertEqual(' #', statistics.sparkline([0, 9], ' .#'))
        self.assertTrue(math.isinf(statistics.Row().last))
