# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Findings."""

from unixnotif.doctor import findings
from unixnotif.tests import base


class FindingsTest(base.TestCase):
    def test_a_problem_has_a_reason_and_a_fix(self) -> None:
        """A problem without advice is a mistake of the check."""
        for why, fix in (('', 'x'), ('x', ''), ('', '')):
            self.assertRaises(
                ValueError, findings.problem, 'name', 'what', why, fix
            )

    def test_as_dict(self) -> None:
        """JSON has every part."""
        found = findings.problem('n', 'w', 'y', 'f', ('a', 'b'))
        self.assertEqual(
            {
                'level': 'problem',
                'name': 'n',
                'what': 'w',
                'why': 'y',
                'fix': 'f',
                'details': ['a', 'b'],
            },
            found.as_dict(),
        )
