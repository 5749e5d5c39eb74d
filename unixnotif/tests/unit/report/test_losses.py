# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Losses: a bounded number of places, and exact counts."""

import datetime

from unixnotif import lost_record
from unixnotif import recording
from unixnotif.report import losses
from unixnotif.tests import base as testing
from unixnotif.tests.unit.report import base


class LossesTest(testing.TestCase):
    def test_places(self) -> None:
        """A loss without a time has the time of the line before, if any."""
        found = losses.Losses()
        found.add(
            recording.RecordedLost(
                3, {'buffer_full': 2, 'gone': 1}, base.START, 't'
            ),
            None,
        )
        found.add(recording.RecordedLost(1, {'gone': 1}), 5)
        found.add(recording.RecordedLost(1, {'gone': 1}), None)
        self.assertEqual(
            [
                losses.Loss(base.START_MS, {'buffer_full': 2, 'gone': 1}, 't'),
                losses.Loss(5, {'gone': 1}),
                losses.Loss(None, {'gone': 1}),
            ],
            found.places,
        )
        self.assertEqual(5, found.count)
        self.assertEqual({'buffer_full': 2, 'gone': 3}, found.reasons)

    def test_bound(self) -> None:
        """Neighbors become one place; no loss is forgotten."""
        found = losses.Losses()
        total = 5 * losses.MAX_PLACES
        for number in range(total):
            when = base.START + datetime.timedelta(seconds=number)
            found.add(
                recording.RecordedLost(1, {'gone': 1}, when, str(number)), None
            )
        self.assertLessEqual(len(found.places), losses.MAX_PLACES)
        self.assertEqual(total, sum(each.count for each in found.places))
        self.assertEqual(total, found.count)
        times = [each.received or 0 for each in found.places]
        self.assertEqual(sorted(times), times)
        self.assertEqual('', found.places[0].test_id)

    def test_bound_of_reasons(self) -> None:
        """A recording with many reasons has a bounded number of them."""
        found = losses.Losses()
        total = 2 * lost_record.MAX_REASONS
        for number in range(total):
            reasons = {f'r{number}': 1}
            found.add(recording.RecordedLost(1, reasons, base.START), None)
        self.assertLessEqual(len(found.reasons), lost_record.MAX_REASONS)
        self.assertEqual(total, found.count)
        self.assertEqual({'other': 1}, found.places[-1].reasons)
