# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Suggestions for misspelled names."""

from unixnotif.cli import suggestions
from unixnotif.tests import base


class SuggestionsTest(base.TestCase):
    def test_similar(self) -> None:
        """Near names, in the order of their similarity; or nothing."""
        known = ('tail', 'top', 'send', 'a-long-prefix:Host')
        for name, expected in (
            ('tial', '; did you mean tail?'),
            ('tp', '; did you mean top?'),
            ('Host', '; did you mean a-long-prefix:Host?'),
            ('zzzz', ''),
            ('', ''),
        ):
            self.assertEqual(expected, suggestions.similar(name, known))
