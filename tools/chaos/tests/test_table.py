# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The figures as text and as JSON."""

import json

from oslotest import base

from tools.chaos import audit
from tools.chaos import conductor
from tools.chaos import table


class TableTest(base.BaseTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.result = conductor.Result(
            rows={
                'b': audit.Figures(emitted=1234, received=1234),
                'a': audit.Figures(emitted=5, unreported=2),
            },
            published=1239,
            rounds=1,
        )
        self.result.disturbances['leave directory'] = 3

    def test_text(self) -> None:
        """Rows are sorted; the last row has the sums of the faults."""
        lines = table.render(self.result).splitlines()
        self.assertIn('over reported', lines[0])
        self.assertEqual(['a', '5'], lines[2].split()[:2])
        self.assertEqual(['b', '1,234', '1,234'], lines[3].split()[:3])
        self.assertEqual(['faults', '2', *'000000'], lines[5].split())
        self.assertIn('      3  leave directory', lines)
        self.assertNotIn('First faults', lines)

    def test_offences(self) -> None:
        """The first faults are shown."""
        self.result.offences.append('round 1: x')
        self.assertTrue(table.render(self.result).endswith('round 1: x'))

    def test_json(self) -> None:
        """The document has all figures."""
        text = json.dumps(table.document(self.result, seed=9))
        document = json.loads(text)
        self.assertEqual(9, document['seed'])
        self.assertFalse(document['exact'])
        self.assertEqual(2, document['rows']['a']['unreported'])

    def test_exact(self) -> None:
        """A result with a failure is not exact, whatever its figures are."""
        result = conductor.Result()
        self.assertTrue(result.exact)
        result.failure = 'a process hangs'
        self.assertFalse(result.exact)
