# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""``unixnotif contract rules`` and ``explain``."""

from unixnotif.contract.rules import descriptions
from unixnotif.tests.unit.cli.contract import base


class RulesTest(base.TestCase):
    """Output of the commands."""

    def test_rules(self) -> None:
        """The command prints a table or, as rst, the reference page."""
        self.assertEqual(descriptions.table(), self.check_command(0, 'rules'))
        self.assertEqual(
            descriptions.as_rst(),
            self.check_command(0, 'rules', '--format', 'rst'),
        )

    def test_explain(self) -> None:
        """By id or by name."""
        for name in ('C202', 'field-type-changed-in-minor'):
            self.check_command(
                0, 'explain', name, out='C202 field-type-changed-in-minor ('
            )
        self.check_command(2, 'explain', 'C999', err="no rule 'C999'")
