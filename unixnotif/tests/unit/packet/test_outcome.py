# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Outcomes: which of them are drops, and how a record shows them."""

import collections
import json
import pickle

from unixnotif.packet import Outcome
from unixnotif.tests import base

# The names that travel in lost records and stand in log lines.
DROPS = {
    'buffer_full',
    'backlog_full',
    'too_large',
    'unserializable',
    'denied',
    'unreachable',
    'interrupted',
}
OTHERS = {'delivered', 'ready', 'absent', 'gone'}


class OutcomeTest(base.TestCase):
    def test_drops(self) -> None:
        """Each outcome is a drop or owes the subscriber nothing."""
        drops = {each.value for each in Outcome if each.is_drop}
        others = {each.value for each in Outcome if not each.is_drop}
        self.assertEqual((DROPS, OTHERS), (drops, others))

    def test_values(self) -> None:
        """The value of an outcome is its name in lower case."""
        for each in Outcome:
            self.assertEqual(each.name.lower(), each.value)
            self.assertIs(each, Outcome(each.value))

    def test_text(self) -> None:
        """Logs, containers and JSON show an outcome as its value."""
        for each in Outcome:
            self.assertEqual(each.value, str(each))
            self.assertEqual(each.value, f'{each}')
            self.assertEqual(repr(each.value), repr(each))
        counts = collections.Counter([Outcome.DENIED])
        self.assertEqual("Counter({'denied': 1})", repr(counts))
        self.assertEqual('{"denied": 1}', json.dumps(counts))

    def test_key(self) -> None:
        """An outcome and its value are the same key."""
        self.assertEqual({'denied': 1}, {Outcome.DENIED: 1})
        self.assertEqual(1, {'denied': 1}[Outcome.DENIED])

    def test_identity(self) -> None:
        """A copy from another process is the same object."""
        for each in Outcome:
            self.assertIs(each, pickle.loads(pickle.dumps(each)))
