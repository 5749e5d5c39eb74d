# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Rows: printable names of a bounded length."""

from unixnotif.report import rows
from unixnotif.tests import base as testing
from unixnotif.tests import hostile
from unixnotif.tests.unit.report import base


class RowTest(testing.TestCase):
    def test_fields(self) -> None:
        """A row has the fields of the notification and of its payload."""
        payload = base.versioned(
            'ServerPayload',
            '1.2',
            flavor=base.versioned('FlavorPayload', '1.4', vcpus=1),
            others=[base.versioned('FlavorPayload', '1.3', vcpus=2)],
        )
        row = rows.Row.of(base.recorded(payload=payload, seconds=0.5))
        self.assertEqual(
            rows.Row(
                base.START_MS + 500,
                'thing.create',
                'INFO',
                'nova-compute:h1',
                'ServerPayload 1.2',
                'nova',
                'versioned_notifications',
                '11',
                'tests.Test.test_it',
                (
                    'nova:FlavorPayload 1.3',
                    'nova:FlavorPayload 1.4',
                    'nova:ServerPayload 1.2',
                ),
            ),
            row,
        )

    def test_missing_fields(self) -> None:
        """A field that a notification lacks is empty."""
        row = rows.Row.of(
            base.recorded(
                publisher_id=None, exchange=None, sender=None, test_id=None
            )
        )
        self.assertEqual(
            ('', '', '', '', '', ()),
            (
                row.publisher_id,
                row.exchange,
                row.pid,
                row.test_id,
                row.payload,
                row.payloads,
            ),
        )

    def test_hostile_names(self) -> None:
        """A name is printable and has a bounded length."""
        for text in (hostile.CONTROL, '\ud800', 'x' * 100_000, '\x00' * 1000):
            row = rows.Row.of(base.recorded(event_type=text))
            self.assertTrue(row.event_type.isprintable())
            self.assertLessEqual(len(row.event_type), rows.MAX_NAME)

    def test_number_of_payloads(self) -> None:
        """A notification with many nested payloads has a bounded row."""
        nested = [base.versioned(f'P{n}', '1.0', a=1) for n in range(200)]
        payload = base.versioned('ServerPayload', '1.0', nested=nested)
        row = rows.Row.of(base.recorded(payload=payload))
        self.assertEqual(rows.MAX_PAYLOADS, len(row.payloads))
