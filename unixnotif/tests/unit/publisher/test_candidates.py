# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The order and the times in which names are tried."""

from unixnotif import rendezvous
from unixnotif.packet import Outcome
from unixnotif.publisher import candidates
from unixnotif.tests import base


class CandidatesTest(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.clock = self.new_clock()
        self.clock.stop()
        self.candidates = candidates.Candidates()

    def name(self, text: str, age: float = 0) -> rendezvous.Name:
        changed_ns = self.clock.file_time_ns() - int(age * 10**9)
        return rendezvous.Name(text, None, 1000, changed_ns)

    def texts(self) -> list[str]:
        return [name.text for name in self.candidates]

    def test_refused_later(self) -> None:
        """After a scan, names that have refused come last."""
        names = [self.name(f'{n}.sock', age=100) for n in range(3)]
        self.candidates.follow(frozenset(), names)
        self.candidates.postpone(names[0], 0, Outcome.ABSENT)

        self.candidates.follow(frozenset(), names)

        self.assertEqual(['1.sock', '2.sock', '0.sock'], self.texts())

    def test_names_that_are_gone(self) -> None:
        """A scan replaces the names, except those that have a place."""
        names = [self.name(f'{n}.sock') for n in range(3)]
        self.candidates.follow(frozenset(), names[:2])

        self.candidates.follow(frozenset({'1.sock'}), names[2:])

        self.assertEqual(['1.sock', '2.sock'], self.texts())
        self.candidates.follow(frozenset(), ())
        self.assertFalse(self.candidates)

    def test_times(self) -> None:
        """The age and the outcome decide when a name is tried again."""
        for age, outcome, seconds in (
            (0, Outcome.ABSENT, 0),
            (5, Outcome.ABSENT, 0.5),
            (1000, Outcome.ABSENT, 1),
            (1000, Outcome.DENIED, 1),
            (1000, Outcome.BACKLOG_FULL, 0),
        ):
            name = self.name('x.sock', age)
            self.assertFalse(self.candidates.waits(name, 0))
            self.assertFalse(self.candidates.is_due(name, 0))
            self.candidates.postpone(name, 0, outcome)

            self.assertEqual(
                seconds > 0,
                self.candidates.waits(name, max(0, seconds - 0.01)),
            )
            self.assertFalse(self.candidates.waits(name, seconds + 0.01))
            self.assertTrue(self.candidates.is_due(name, seconds + 0.01))
            self.candidates.suspend(name)
