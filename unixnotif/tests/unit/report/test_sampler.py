# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Samples: a bounded number of rows of any recording."""

import json

from unixnotif.report import sampler
from unixnotif.tests import base as testing
from unixnotif.tests.unit.report import base


class SampleTest(testing.TestCase):
    def sample(self, count: int, most: int) -> sampler.Sample:
        """Return a sample of notifications with their number as payload."""
        sample = sampler.Sample(most)
        self.addCleanup(sample.close)
        for number in range(count):
            sample.add(base.recorded(payload=number))
        return sample

    def numbers(self, sample: sampler.Sample) -> list[int]:
        """Return the payloads of a sample."""
        return [
            json.loads(sample.document(row))['document']['payload']
            for row in sample
        ]

    def test_all(self) -> None:
        """A small recording is there as a whole, in its order."""
        sample = self.sample(10, 10)
        self.assertEqual((1, 10, 10), (sample.step, sample.seen, len(sample)))
        self.assertEqual(list(range(10)), self.numbers(sample))

    def test_every_nth(self) -> None:
        """Of a larger one every Nth notification is there."""
        sample = self.sample(100, 10)
        self.assertEqual((16, 100), (sample.step, sample.seen))
        self.assertEqual([0, 16, 32, 48, 64, 80, 96], self.numbers(sample))

    def test_rare_event_types(self) -> None:
        """The first notification of an event type stays, in its place."""
        sample = self.sample(50, 10)
        sample.add(base.recorded('rare', payload='rare'))
        for number in range(51, 200):
            sample.add(base.recorded(payload=number))
        self.assertIn('rare', self.numbers(sample))
        self.assertLessEqual(len(sample), 12)

    def test_number_of_event_types(self) -> None:
        """A peer with endless event types does not raise the bound."""
        sample = sampler.Sample(10)
        self.addCleanup(sample.close)
        for number in range(5000):
            sample.add(base.recorded(f'type.{number}'))
        self.assertLessEqual(len(sample), 11 + sampler.MAX_FIRST)

    def test_no_rows(self) -> None:
        """A sample without rows is a mistake."""
        self.assertRaises(ValueError, sampler.Sample, 0)
