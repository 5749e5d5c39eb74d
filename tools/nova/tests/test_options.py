# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The command line of tools/nova."""

import fixtures

from tools.nova import options
from tools.nova.tests import base


class OptionsTest(base.NovaToolTest):
    """Options of the command line."""

    def plans(self, *argv: str) -> list[tuple[str, bool]]:
        """Return mode and swap of each run, in order."""
        return [
            (plan.mode, plan.swap)
            for plan in options.plans(options.parse(argv))
        ]

    def test_comparison_runs_novas_own_first(self) -> None:
        """--compare first runs nova's own fixture in each mode."""
        self.assertEqual(
            [('threading', True), ('eventlet', True)], self.plans()
        )
        self.assertEqual(
            [('eventlet', False), ('eventlet', True)],
            self.plans('--compare', '--mode=eventlet'),
        )

    def test_contract_goes_with_all(self) -> None:
        """--all includes the contract; a baseline run cannot."""
        parse = options.parse
        self.assertTrue(parse(['--all']).contract)
        self.assertTrue(parse(['--contract']).contract)
        self.assertFalse(parse([]).contract)
        self.assertFalse(parse(['--all', '--baseline']).contract)

    def test_what_excludes_each_other(self) -> None:
        """An error names the wrong option."""
        for argv, expected in (
            (['--contract', '--baseline'], '--contract needs a recording'),
            (['--all', 'test_flavor'], '--all and FILTER'),
            (['('], "'(' is not a regular expression"),
        ):
            output = self.useFixture(fixtures.StringStream('output')).stream
            with fixtures.MonkeyPatch('sys.stderr', output):
                self.assertRaises(SystemExit, options.parse, argv)
            output.seek(0)
            self.assertIn(expected, output.read())
