# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Which runs tools/nova is asked for, and what it reads of one.

Rule: nothing is run here.
"""

import fixtures

from unixnotif.tests.functional import nova_tool

TEST = nova_tool.TEST


class TracingTest(nova_tool.NovaToolTest):
    """Lines that stestr writes."""

    def test_outcomes_and_reasons(self) -> None:
        """The first reason of a failed test stays; other lines are none."""
        trace, shown = self.module('traces').Trace(), list[str]()
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


class OptionsTest(nova_tool.NovaToolTest):
    """What the command line asks for."""

    def plans(self, *argv: str) -> list[tuple[str, bool]]:
        """Mode and swap of each run, in their order."""
        options = self.module('options')
        return [
            (plan.mode, plan.swap)
            for plan in options.plans(options.parse(argv))
        ]

    def test_comparison_runs_novas_own_first(self) -> None:
        """Side by side in each mode; by default there is only ours."""
        self.assertEqual(
            [('threading', True), ('eventlet', True)], self.plans()
        )
        self.assertEqual(
            [('eventlet', False), ('eventlet', True)],
            self.plans('--compare', '--mode=eventlet'),
        )

    def test_contract_goes_with_all(self) -> None:
        """It needs a recording; of some tests it is made on demand."""
        parse = self.module('options').parse
        self.assertTrue(parse(['--all']).contract)
        self.assertTrue(parse(['--contract']).contract)
        self.assertFalse(parse([]).contract)
        self.assertFalse(parse(['--all', '--baseline']).contract)

    def test_what_excludes_each_other(self) -> None:
        """A wrong command line is told by its options."""
        for argv, told in (
            (['--contract', '--baseline'], '--contract needs a recording'),
            (['--all', 'test_flavor'], '--all and FILTER'),
            (['('], "'(' is not a regular expression"),
        ):
            said = self.useFixture(fixtures.StringStream('said')).stream
            with fixtures.MonkeyPatch('sys.stderr', said):
                self.assertRaises(
                    SystemExit, self.module('options').parse, argv
                )
            said.seek(0)
            self.assertIn(told, said.read())
