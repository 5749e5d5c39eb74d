# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The lines that stestr writes."""

from oslotest import base

from tools import traces

TEST = 'nova.tests.functional.notification_sample_tests.test_x.TestX.test_x'


class TraceTest(base.BaseTestCase):
    def test_outcomes_and_reasons(self) -> None:
        """The first reason of a failed test is kept; other lines are not."""
        trace, shown = traces.Trace(), list[str]()
        for line in (
            'some other line',
            f'{{0}} {TEST} [1.25s] ... ok',
            f'{{1}} {TEST}_2 [12.5s] ... FAILED',
            '    KeyError: 1',
            '    ValueError: 2',
            f'{{0}} {TEST}_3 ... SKIPPED: not now',
            '    KeyError: 3',
        ):
            trace.feed(line, shown.append)
        self.assertEqual(
            {TEST: 'ok', f'{TEST}_2': 'FAILED', f'{TEST}_3': 'SKIPPED'},
            trace.outcomes,
        )
        self.assertEqual({f'{TEST}_2': 'KeyError: 1'}, trace.reasons)
        self.assertEqual(3, len(shown))
        self.assertIn('12.5 s  test_x.TestX.test_x_2', shown[1])
