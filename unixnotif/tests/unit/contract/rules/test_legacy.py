# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""L: legacy payloads."""

import dataclasses
from typing import Any

from unixnotif import contract
from unixnotif.contract import catalogues
from unixnotif.tests.unit.contract import base
from unixnotif.tests.unit.contract.base import declared


def events(**fields: dict[str, str]) -> contract.Catalogue:
    """A catalogue of legacy events."""
    return contract.Catalogue(legacy=fields)


class LegacyRulesTest(base.TestCase):
    """Payloads without a version."""

    def check(
        self, before: Any, now: Any, *expected: str, **options: Any
    ) -> None:
        found = self.found(events(e=before), events(e=now), **options)
        self.assertEqual(list(expected), found)

    def test_rules(self) -> None:
        """A removed, retyped or newly optional field is one finding."""
        before = {'a': 'string', 'b': '~integer'}
        self.check(before, {'a': 'string?', 'b': 'integer', 'c': 'any'})
        self.check(before, {'b': 'integer'}, 'L701 warning e.a')
        self.check(before, {**before, 'a': 'integer'}, 'L702 warning e.a')
        self.check(before, {**before, 'b': 'number'}, 'L702 warning e.b')
        self.check(before, {**before, 'a': '~string'}, 'L703 warning e.a')

    def test_gone(self) -> None:
        """A missing event is a note, unless the run has no events at all."""
        before = events(e={'a': 'string'}, f={})
        self.assertEqual(['L704 note e'], self.found(before, events(f={})))
        self.assertEqual([], self.found(before, contract.Catalogue()))

    def test_event_without_version(self) -> None:
        """A versioned event that carries only plain payloads is a warning."""
        versioned = base.payload(declared('1.0', a='string'))
        carried: catalogues.Carried = (('x:Thing', '1.0'),)
        before = dataclasses.replace(versioned, events={'e': carried})
        run = events(e={'a': 'string'})
        now = dataclasses.replace(versioned, legacy=run.legacy)
        self.assertEqual(['L705 warning e 1.0'], self.found(before, now))
        self.assertEqual(
            ['L705 error e 1.0'],
            self.found(before, now, legacy=contract.Severity.ERROR),
        )
        self.assertEqual([], self.found(now, now))
        # The report page compares a run, and not only the merged catalogue.
        for seen, expected in (
            (run, ['L705']),
            (dataclasses.replace(run, events=before.events), []),
        ):
            report = contract.check_observed(seen, before)
            self.assertEqual(expected, [f.rule for f in report.findings])
        # The event had both kinds of payload.
        both = contract.merge(before, run)
        lost = dataclasses.replace(both, events={'f': carried})
        self.assertEqual(['E403 error e 1.0'], self.found(both, lost))

    def test_severity(self) -> None:
        """The severity of all legacy rules, or of one, can be set."""
        before, now = {'a': 'string', 'b': 'string'}, {'a': 'integer'}
        self.check(
            before,
            now,
            'L701 error e.b',
            'L702 error e.a',
            legacy=contract.Severity.ERROR,
        )
        self.check(before, now, legacy=contract.Severity.OFF)
        self.check(
            before,
            now,
            'L702 error e.a',
            'L701 note e.b',
            legacy=contract.Severity.ERROR,
            severities={'L701': contract.Severity.NOTE},
        )

    def test_compared(self) -> None:
        """Legacy events count as compared, unless they are off."""
        one = events(e={'a': 'string'}, f={})
        report = contract.check(one, one)
        self.assertEqual((2, 2), (report.legacy, report.compared))
        report = contract.check(one, one, legacy=contract.Severity.OFF)
        self.assertEqual(0, report.compared)
        both = contract.merge(base.payload(declared('1.0')), one)
        self.assertEqual(3, contract.check(both, both).compared)
