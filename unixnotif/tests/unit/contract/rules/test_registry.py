# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Registry of the rules."""

from collections.abc import Iterator

from unixnotif import errors
from unixnotif.contract import findings
from unixnotif.contract import rules
from unixnotif.contract.rules import case_kinds
from unixnotif.contract.rules import registry
from unixnotif.tests import base

IDS = (
    'C201 C202 C203 C204 C205 C206 C207 C209 C210 C301 C302 C303 E401 '
    'E402 E403 E404 K601 K602 K603 K604 K605 K606 K607 L701 L702 L703 L704 '
    'L705 M301 N501 N502 V101 V102 V103 V104 V105 V106 V107'
)


class RulesTest(base.TestCase):
    """The registered rules."""

    def test_ids_are_for_ever(self) -> None:
        """No id is removed, because allow-lists contain ids."""
        self.assertEqual(IDS.split(), [rule.id for rule in rules.ALL])

    def test_every_rule_explains_itself(self) -> None:
        """Each rule has texts of whole sentences."""
        for rule in rules.ALL:
            for text in (rule.what, rule.why, rule.fix):
                self.assertRegex(text, r'^[A-Z].*\.$', rule.id)
            self.assertRegex(rule.slug, r'^[a-z-]+$')
        self.assertEqual(
            len(rules.ALL), len({rule.slug for rule in rules.ALL})
        )

    def test_find(self) -> None:
        """A rule is found by id or name, in upper or lower case."""
        for name in ('C201', 'c201', 'field-removed-in-minor'):
            self.assertEqual('C201', rules.find(name).id)
        e = self.assertRaises(errors.CatalogueError, rules.find, 'C999')
        self.assertIn("there is no rule 'C999'; the rules are C201,", str(e))

    def test_every_rule_has_a_category(self) -> None:
        """Each rule has a category, by which it can be selected."""
        for rule in rules.ALL:
            self.assertNotEqual((), rule.categories, rule.id)
        for category in rules.Category:
            self.assertRegex(category.meaning, '^[a-z].*[a-z]$')

    def test_select(self) -> None:
        """A rule is selected by its category, its id or its name."""
        found = rules.select('backward')
        self.assertLessEqual({'C202', 'C301', 'C302', 'C303', 'V101'}, found)
        self.assertNotIn('C201', found)
        self.assertEqual({'C201'}, rules.select('c201'))
        self.assertEqual({'C201'}, rules.select('field-removed-in-minor'))
        e = self.assertRaises(errors.CatalogueError, rules.select, 'X')
        self.assertIn("'X' is neither a category (VERSION, FORWARD,", str(e))

    def test_ids_are_unique(self) -> None:
        """A second rule with the same id is refused."""

        def hits(case: case_kinds.Pair) -> Iterator[registry.Hit]:
            raise NotImplementedError

        register = registry.rule(
            'C201',
            'another',
            findings.Severity.NOTE,
            case_kinds.Pair,
            categories='FORWARD',
            what='',
            why='',
            fix='',
        )
        self.assertRaises(ValueError, register, hits)

    def test_next_versions(self) -> None:
        """The next version that a fix suggests has two numbers."""
        self.assertEqual('1.10', registry.next_minor('1.9'))
        self.assertEqual('1.6', registry.next_minor('1.5.1'))
        self.assertEqual('2.0', registry.next_major('1.9'))
        self.assertEqual('1.1', registry.next_minor('odd'))
