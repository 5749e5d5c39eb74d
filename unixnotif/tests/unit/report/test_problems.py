# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Contract problems: findings with explanation and fix."""

import datetime

from unixnotif import contract
from unixnotif.contract import allowlist
from unixnotif.report import problems
from unixnotif.tests import base as testing
from unixnotif.tests.unit.report import base


def observed(
    *payloads: object, event_type: str = 'thing.create'
) -> contract.Catalogue:
    """Return the catalogue of some payloads."""
    return contract.observe(
        base.recorded(event_type, each).notification for each in payloads
    )


class ProblemsTest(testing.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.recorded = observed(base.versioned('P', '1.0', a=1, b='x'))
        self.broken = observed(base.versioned('P', '1.1', a='text', b='x'))

    def test_kept(self) -> None:
        """Payloads as recorded are no problem, nor are missing payloads."""
        for seen in (
            observed(base.versioned('P', '1.0', a=2, b='y')),
            observed(),
            observed(base.versioned('Q', '1.0', a=1), event_type='other'),
        ):
            self.assertEqual([], problems.find(seen, self.recorded))

    def test_broken(self) -> None:
        """A problem names the field, the rule, the reason and the fix."""
        (problem, *_) = problems.find(self.broken, self.recorded)
        finding = problem.finding
        self.assertEqual(
            ('nova:P', 'a', contract.Severity.ERROR),
            (finding.subject, finding.field, finding.severity),
        )
        for text in (problem.what, problem.why, finding.fix):
            self.assertTrue(text)

    def test_allowed(self) -> None:
        """An accepted finding is left out until its entry expires."""
        found = problems.find(self.broken, self.recorded)
        day = datetime.date(2026, 1, 2)
        entries = [
            allowlist.Entry.of(each.finding, 'reason', day) for each in found
        ]
        for today, expected in (
            (day, []),
            (day + datetime.timedelta(days=1), found),
        ):
            self.assertEqual(
                expected,
                problems.find(self.broken, self.recorded, entries, today),
            )
