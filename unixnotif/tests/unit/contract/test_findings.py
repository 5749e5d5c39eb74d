# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Findings as values."""

import dataclasses
from typing import Any

from unixnotif.contract import findings
from unixnotif.tests import base

FINDING = findings.Finding(
    'C201',
    'field-removed-in-minor',
    findings.Severity.ERROR,
    'x:Thing',
    'a',
    '1.0',
    '1.1',
    'a (string) was removed in a minor version',
    '',
    'keep it',
)


class FindingTest(base.TestCase):
    """One finding."""

    def test_place(self) -> None:
        """The place omits parts that the finding does not have."""
        table: tuple[tuple[dict[str, Any], str], ...] = (
            ({}, 'x:Thing.a 1.0 -> 1.1'),
            ({'field': ''}, 'x:Thing 1.0 -> 1.1'),
            ({'old': ''}, 'x:Thing.a 1.1'),
            ({'old': '1.1'}, 'x:Thing.a 1.1'),
            ({'new': ''}, 'x:Thing.a 1.0'),
            ({'old': '', 'new': '', 'field': ''}, 'x:Thing'),
        )
        for changes, expected in table:
            found = dataclasses.replace(FINDING, **changes)
            self.assertEqual(expected, found.place)

    def test_severity(self) -> None:
        """Levels have an order."""
        error, warning = findings.Severity.ERROR, findings.Severity.WARNING
        self.assertTrue(error.reaches(warning))
        self.assertTrue(warning.reaches(warning))
        self.assertFalse(warning.reaches(error))
