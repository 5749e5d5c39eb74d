# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Advice about lost notifications."""

from unixnotif.cli import advice
from unixnotif.tests import base


class AdviceTest(base.TestCase):
    """Lines for the reasons of a lost record."""

    def test_known_reasons(self) -> None:
        """Each known reason has one line, in the order of their names."""
        lines = advice.of_losses({'too_large': 1, 'buffer_full': 2})
        self.assertEqual(
            ['buffer_full', 'too_large'],
            [line.partition(':')[0] for line in lines],
        )
        for line in lines:
            self.assertIn('in section [oslo_messaging_unix]', line)

    def test_unknown_reasons(self) -> None:
        """Reasons of other publishers have no advice."""
        self.assertEqual([], advice.of_losses({'other': 1}))
