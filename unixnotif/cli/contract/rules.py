# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""``unixnotif contract rules`` and ``explain``.

Rule: all texts come from the rules themselves.
"""

import argparse
from typing import ClassVar

from unixnotif.cli import app
from unixnotif.cli.contract import base
from unixnotif.contract import rules
from unixnotif.contract.rules import descriptions


class Rules(base.ContractCommand):
    """List the rules of the contract."""

    examples: ClassVar[str] = """\
  unixnotif contract rules
  unixnotif contract rules --format rst > contract-rules.inc

exit code: 0 success; 2 the command line is wrong; 3 the command was stopped"""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """See the base class."""
        parser.add_argument(
            '--format',
            choices=['text', 'rst'],
            default='text',
            help='rst includes the explanations (default: %(default)s)',
        )

    def act(self, parsed_args: argparse.Namespace) -> int:
        """See the base class."""
        is_rst = parsed_args.format == 'rst'
        text = descriptions.as_rst() if is_rst else descriptions.table()
        base.put(text)
        return 0


class Explain(base.ContractCommand):
    """Explain a rule: what breaks it, why it matters, how to fix it."""

    examples: ClassVar[str] = """\
  unixnotif contract explain C202
  unixnotif contract explain field-type-changed-in-minor

exit code: 0 success; 2 the rule does not exist; 3 the command was stopped"""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """See the base class."""
        parser.add_argument(
            'rule',
            metavar='RULE',
            type=app.parsed(rules.find),
            help='ID or name of the rule',
        )

    def act(self, parsed_args: argparse.Namespace) -> int:
        """See the base class."""
        base.put(descriptions.explain(parsed_args.rule))
        return 0
