# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The check as a whole."""

from unixnotif import contract
from unixnotif import errors
from unixnotif.contract import findings
from unixnotif.contract.rules import case_kinds
from unixnotif.tests.unit.contract import base
from unixnotif.tests.unit.contract.base import declared

Severity = findings.Severity

BEFORE = base.payloads(
    {
        'x:B': (declared('1.0', a='string', b='string'),),
        'x:A': (declared('1.0', a='string'),),
        'x:C': (declared('1.0', a='string'),),
    }
)
NOW = base.payloads(
    {
        'x:B': (declared('1.0', a='integer', b='string?'),),
        'x:A': (declared('1.1', a='integer'),),
        'x:C': (declared('1.1', a='string?', c='any'),),
    }
)


class CheckTest(base.TestCase):
    """Options, order, and what is compared."""

    def rules(self, **options: Severity) -> list[str]:
        report = contract.check(NOW, BEFORE, severities=options)
        return [f'{f.subject} {f.rule} {f.severity}' for f in report.findings]

    def test_order(self) -> None:
        """Findings are sorted by payload, the worst first."""
        self.assertEqual(
            [
                'x:A C202 error',
                'x:B V101 error',
                'x:B V101 error',
                'x:C C203 warning',
            ],
            self.rules(),
        )

    def test_cases_without_version(self) -> None:
        """Each problem of a package is a finding."""
        cases = [case_kinds.Unread('shop', why) for why in ('one', 'two')]
        report = contract.check(NOW, NOW, cases=cases)
        self.assertEqual(['one', 'two'], [f.message for f in report.findings])

    def test_severities(self) -> None:
        """A project can change the severity of each rule."""
        self.assertEqual(
            ['x:A C202 note', 'x:C C203 error'],
            self.rules(
                C202=Severity.NOTE, C203=Severity.ERROR, V101=Severity.OFF
            ),
        )

    def selected(self, *use: str, exclude: tuple[str, ...] = ()) -> list[str]:
        report = contract.check(NOW, BEFORE, use=use, exclude=exclude)
        return [f'{f.subject} {f.rule} {f.severity}' for f in report.findings]

    def test_selection(self) -> None:
        """A selected rule that is off by default becomes a warning."""
        self.assertEqual(
            ['x:B V101 error', 'x:B V101 error'], self.selected('VERSION')
        )
        self.assertEqual(['x:C C203 warning'], self.selected('C203', 'LEGACY'))
        self.assertEqual(['x:C C301 warning'], self.selected('field-added'))
        self.assertEqual(
            ['x:A C202 error', 'x:C C301 warning'],
            self.selected('BACKWARD', exclude=('VERSION',)),
        )
        self.assertEqual([], self.selected(exclude=('FORWARD',)))
        # A check of no rule would always pass.
        self.assertRaises(
            errors.CatalogueError, self.selected, 'V101', exclude=('V101',)
        )

    def test_severity_of_a_rule_wins(self) -> None:
        """The severity of a rule overrides the selection of categories."""
        report = contract.check(
            NOW,
            BEFORE,
            use=['LEGACY'],
            exclude=['V101'],
            severities={'V101': Severity.NOTE},
        )
        self.assertEqual({'V101'}, {f.rule for f in report.findings})

    def test_nothing_in_common(self) -> None:
        """Catalogues without a common payload have nothing to compare."""
        other = base.payloads({'y:A': (declared('1.0'),)})
        self.assertEqual(0, contract.check(other, BEFORE).compared)
        self.assertEqual(3, contract.check(NOW, BEFORE).compared)

    def test_report(self) -> None:
        """Findings can be counted by how bad they are."""
        report = contract.check(NOW, BEFORE)
        self.assertEqual(3, report.count(Severity.ERROR))
        self.assertEqual(4, len(report.reaching(Severity.WARNING)))
