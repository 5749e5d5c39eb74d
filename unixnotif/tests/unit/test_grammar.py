# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Nouns with their numbers."""

from unixnotif import grammar
from unixnotif.tests import base


class WordingTest(base.TestCase):
    def test_plural(self) -> None:
        """A noun agrees with its number."""
        self.assertEqual(
            ['no socket', '1 socket', '2 sockets', '2 entries'],
            [
                grammar.plural(0, 'socket'),
                grammar.plural(1, 'socket'),
                grammar.plural(2, 'socket'),
                grammar.plural(2, 'entry', 'entries'),
            ],
        )

    def test_quantity(self) -> None:
        """Zero is a digit, and its noun is a plural."""
        self.assertEqual(
            ['0 sockets', '1 socket', '2 sockets', '0 entries', '1 entry'],
            [
                grammar.quantity(0, 'socket'),
                grammar.quantity(1, 'socket'),
                grammar.quantity(2, 'socket'),
                grammar.quantity(0, 'entry', 'entries'),
                grammar.quantity(1, 'entry', 'entries'),
            ],
        )

    def test_seconds(self) -> None:
        """A number that is shown as 1 has the singular."""
        self.assertEqual(
            ['0 seconds', '0.5 seconds', '1 second', '1 second', '60 seconds'],
            [grammar.seconds(each) for each in (0, 0.5, 1, 1.0, 60.0)],
        )
