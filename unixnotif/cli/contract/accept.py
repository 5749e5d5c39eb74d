# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""``unixnotif contract accept``: accept a break, with a reason.

Rule: an entry accepts one finding; it does not disable a rule.
"""

import argparse
import datetime
import os
import sys
from typing import ClassVar

from unixnotif import contract
from unixnotif import errors
from unixnotif.cli import app
from unixnotif.cli import suggestions
from unixnotif.cli.contract import base
from unixnotif.cli.contract import check
from unixnotif.cli.contract import options
from unixnotif.contract import allowlist
from unixnotif.contract import rules


class Accept(base.ContractCommand):
    """Accept findings: write them into the allow-list, with a reason.

    Without --reason, the command asks for the reason on a terminal.
    """

    examples: ClassVar[str] = """\
  unixnotif contract accept notifications.json --allow allow.json \\
      --against git:origin/master:notifications.json \\
      --rule C201 --payload nova:FlavorPayload --field disabled \\
      --reason 'nobody has read it since 2019'

exit code: 0 the entry was written; 1 no finding matches --rule, --payload and
--field; 2 the command line, a file or a git revision is wrong; 3 nothing was
compared, or the command was stopped"""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """See the base class."""
        options.add_catalogue(parser)
        options.add_against(parser)
        parser.add_argument(
            '--allow', metavar='FILE', required=True, help='the allow-list'
        )
        parser.add_argument(
            '--rule',
            metavar='ID',
            required=True,
            type=app.parsed(rules.find),
            help='rule of the finding, for example C201',
        )
        parser.add_argument(
            '--payload',
            metavar='NAME',
            required=True,
            help='payload, event or class that the finding names',
        )
        parser.add_argument(
            '--field',
            metavar='PATH',
            help='field of the finding (default: all)',
        )
        parser.add_argument(
            '--reason', metavar='TEXT', help='why the break is acceptable'
        )
        parser.add_argument(
            '--expires',
            metavar='YYYY-MM-DD',
            type=_date,
            help='the last day on which the entry is valid',
        )
        options.add_rules(parser)

    def act(self, parsed_args: argparse.Namespace) -> int:
        """See the base class."""
        if parsed_args.rule.id in rules.NOT_ACCEPTED:
            app.say(
                f'cannot accept {parsed_args.rule.id}: {parsed_args.rule.fix}'
            )
            return app.USAGE
        entries = []
        if os.path.exists(parsed_args.allow):
            entries = check.read_allowed(parsed_args.allow)
        report = base.judge(parsed_args, base.read_both(parsed_args))
        if base.nothing_compared(report):
            return base.NOTHING
        found = [
            finding
            for finding in report.findings
            if finding.rule == parsed_args.rule.id
            and finding.subject == parsed_args.payload
            and parsed_args.field in (None, finding.field)
        ]
        if not found:
            subjects = {finding.subject for finding in report.findings}
            hint = ''
            if parsed_args.payload not in subjects:
                hint = suggestions.similar(parsed_args.payload, subjects)
            app.say(
                'cannot accept: no finding matches --rule, --payload and '
                f'--field{hint}'
            )
            return app.FAILED
        reason = _reason(parsed_args.reason)
        new = [
            allowlist.Entry.of(finding, reason, parsed_args.expires)
            for finding in found
        ]
        contract.write(parsed_args.allow, allowlist.encode([*entries, *new]))
        base.put_lines(f'{parsed_args.allow}: {entry}' for entry in new)
        return 0


def _reason(given: str | None) -> str:
    if given is None and sys.stdin is not None and sys.stdin.isatty():
        print('reason: ', end='', file=sys.stderr, flush=True)
        given = sys.stdin.readline()
    reason = (given or '').strip()
    if not reason:
        raise errors.CatalogueError(
            'pass the reason, for example --reason "no consumer reads it"'
        )
    return reason


def _date(text: str) -> datetime.date:
    try:
        day = datetime.date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f'{text!r} is not a day such as 2027-03-31'
        ) from None
    if day < base.today():
        raise argparse.ArgumentTypeError(f'{text} is in the past')
    return day
