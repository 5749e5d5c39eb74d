# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Descriptions of the rules."""

from unixnotif.contract import rules
from unixnotif.contract.rules import descriptions
from unixnotif.tests import base

PAGE = base.ROOT / 'doc/source/reference/contract-rules.inc'


class DescribingTest(base.TestCase):
    """Texts made of the rules."""

    def test_table(self) -> None:
        """One line a rule, with its severity."""
        lines = descriptions.table().splitlines()
        self.assertEqual(len(rules.ALL), len(lines))
        self.assertRegex(
            lines[0], r'^C201  field-removed-in-minor +error +FORWARD$'
        )

    def test_explanation(self) -> None:
        """An explanation has the rule, the reason and the fix."""
        for rule in rules.ALL:
            text = descriptions.explain(rule)
            self.assertTrue(text.startswith(f'{rule.id} {rule.slug} ('))
            for part in ('what: ', 'why:  ', 'fix:  '):
                self.assertIn(f'\n{part}', text)
            self.assertLessEqual(max(map(len, text.splitlines())), 72)

    def test_reference_is_up_to_date(self) -> None:
        """The page has the output of contract rules --format rst."""
        self.assertEqual(PAGE.read_text(), descriptions.as_rst())

    def test_reference_has_every_rule(self) -> None:
        """The reference has a section for every rule."""
        text = descriptions.as_rst()
        for rule in rules.ALL:
            self.assertIn(f'\n{rule.id} {rule.slug}\n---', text)
