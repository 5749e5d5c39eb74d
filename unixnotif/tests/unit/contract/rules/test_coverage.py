# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""K: agreement of declared and observed schemas."""

from unixnotif import contract
from unixnotif.tests.unit.contract import base
from unixnotif.tests.unit.contract.base import both
from unixnotif.tests.unit.contract.base import declared
from unixnotif.tests.unit.contract.base import observed


class CoverageTest(base.TestCase):
    """One version that is declared, observed, or both."""

    def check(self, version: base.Version, *expected: str) -> None:
        """Assert the findings of an unchanged catalogue."""
        # Something was observed, so that the rules apply.
        now = base.payloads(
            {
                base.NAME: (version,),
                'x:Other': (observed('1.0', a='string'),),
            }
        )
        self.assertEqual(list(expected), self.found(now, now, coverage=True))

    def test_k601(self) -> None:
        """No test sends a declared payload or field."""
        self.check(declared('1.0', a='string'), 'K601 note 1.0')
        self.check(
            both('1.0', {'a': 'string', 'b': 'string'}, {'a': 'string'}),
            'K601 note b 1.0',
        )

    def test_k602(self) -> None:
        """Tests send only null."""
        self.check(
            both('1.0', {'a': 'string?'}, {'a': 'unknown?'}),
            'K602 note a 1.0',
        )
        self.check(observed('1.0', a='unknown?'), 'K602 note a 1.0')

    def test_k603(self) -> None:
        """Tests send only empty lists or maps."""
        for text in ('list<unknown>', 'map<unknown>?'):
            self.check(observed('1.0', a=text), 'K603 note a 1.0')
        self.check(observed('1.0', a='list<unknown?>'))

    def test_k604(self) -> None:
        """Tests send a field that the class does not declare."""
        self.check(
            both('1.0', {'a': 'any'}, {'a': 'string', 'b': 'integer'}),
            'K604 error b 1.0',
        )

    def test_k605(self) -> None:
        """The class declares another type, or excludes null."""
        for seen in ('integer', 'string?', 'integer|string'):
            self.check(
                both('1.0', {'a': 'string'}, {'a': seen}), 'K605 error a 1.0'
            )
        self.check(
            both('1.0', {'a': 'string'}, {'a': 'unknown?'}),
            'K605 error a 1.0',
            'K602 note a 1.0',
        )

    def test_agreement(self) -> None:
        """Tests may send a narrower type, and may omit a field."""
        self.check(
            both(
                '1.0',
                {'a': 'number', 'b': 'map<string>?', 'c': 'any'},
                {'a': 'integer', 'b': 'map<string>', 'c': '~list<integer>'},
            )
        )

    def test_nothing_was_observed(self) -> None:
        """Without observations, coverage is checked only if required."""
        now = base.payload(declared('1.0', a='string'))
        self.assertEqual([], self.found(now, now, coverage=True))
        self.assertEqual(
            ['K601 error 1.0'],
            self.found(now, now, coverage=True, require_coverage=True),
        )

    def test_old_versions(self) -> None:
        """Old versions need no tests; undeclared fields remain an error."""
        old = both('1.0', {'a': 'any', 'b': 'any'}, {'c': 'string'})
        now = base.payload(old, both('1.1', {'a': 'any'}, {'a': 'string'}))
        self.assertEqual(
            ['K604 error c 1.0'], self.found(now, now, coverage=True)
        )

    def test_required(self) -> None:
        """If coverage is required, missing coverage is an error."""
        now = base.payload(both('1.0', {'a': 'any', 'b': 'any'}, {'a': 'any'}))
        report = contract.check(now, now, require_coverage=True)
        self.assertEqual(
            ['K601 error'],
            [f'{f.rule} {f.severity}' for f in report.findings],
        )
