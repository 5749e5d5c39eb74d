# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""``unixnotif contract check``: compare with what was recorded.

Rule: findings go to standard output; messages about the run go to stderr.
"""

import argparse
import dataclasses
import shlex
from typing import ClassVar

from unixnotif import contract
from unixnotif import errors
from unixnotif import grammar
from unixnotif.cli import app
from unixnotif.cli.contract import base
from unixnotif.cli.contract import options
from unixnotif.contract import allowlist
from unixnotif.contract import catalogues
from unixnotif.contract import locations
from unixnotif.contract import reports
from unixnotif.contract import rules
from unixnotif.contract import storage

_LEVELS = ('error', 'warning', 'note')


class Check(base.ContractCommand):
    """Check a catalogue against the baseline, an earlier catalogue.

    With --declared, --recording or --samples, the command merges this source
    into CATALOGUE, as "contract record --merge" does, and compares the result.
    It does not write the result. If the result differs from the file
    CATALOGUE, the command reports that the file is not up to date (K606).
    """

    examples: ClassVar[str] = (
        """\
  unixnotif contract check notifications.json
  unixnotif contract check notifications.json \\
      --against git:origin/master:notifications.json
  unixnotif contract check notifications.json --declared nova.notifications
  unixnotif contract check new.json --against old.json --format junit
  unixnotif contract check new.json --against old.json --allow allow.json
  unixnotif contract check new.json --against old.json --severity N502=warning
  unixnotif contract check new.json --against old.json --use BACKWARD
"""
        + base.EXIT_CODES
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """See the base class."""
        options.add_catalogue(parser)
        options.add_against(parser)
        parser.add_argument(
            '--format',
            choices=list(reports.FORMATS),
            default='text',
            help='format of the report (default: %(default)s)',
        )
        parser.add_argument(
            '--show',
            choices=_LEVELS,
            default='warning',
            help='show findings of at least this severity (default: '
            '%(default)s)',
        )
        parser.add_argument(
            '--fail-on',
            choices=_LEVELS[:2],
            default='error',
            help='exit with 1 if there are findings of at least this severity '
            '(default: %(default)s)',
        )
        parser.add_argument(
            '--allow', metavar='FILE', help='allow-list of accepted findings'
        )
        options.add_rules(parser)

    def act(self, parsed_args: argparse.Namespace) -> int:
        """See the base class."""
        both = base.read_both(parsed_args)
        entries = read_allowed(parsed_args.allow)
        report = base.judge(parsed_args, both)
        if base.nothing_compared(report):
            return base.NOTHING
        if (
            catalogues.is_unreleased(both.before)
            and not parsed_args.strict_merge
        ):
            app.say(
                'no version in the baseline is released, so a change of a '
                'recorded version is only a note; to freeze the versions of a '
                'release, run: unixnotif contract release TAG '
                f'{shlex.quote(parsed_args.catalogue)}'
            )
        allowed = allowlist.apply(report, entries, base.today())
        for warning in allowed.warnings:
            app.say(f'{parsed_args.allow}: {warning}')
        if allowed.accepted:
            count = grammar.plural(len(allowed.accepted), 'finding')
            app.say(f'accepted: {count}')
        locator = locations.Locator(
            parsed_args.catalogue, (both.now, both.before)
        )
        shown = dataclasses.replace(
            allowed.report,
            findings=[
                dataclasses.replace(
                    locator.locate(finding),
                    accept=base.accept_command(parsed_args, finding),
                )
                for finding in _in_order(allowed.report.findings)
            ],
        )
        show = contract.Severity(parsed_args.show)
        base.put(reports.FORMATS[parsed_args.format](shown, show))
        level = contract.Severity(parsed_args.fail_on)
        return app.FAILED if allowed.report.reaching(level) else 0


def _in_order(
    found: list[contract.Finding],
) -> list[contract.Finding]:
    """Return the findings; tell the user to fix a stale catalogue last.

    If a user records a changed class before its version rises, the recording
    changes the recorded version.
    """
    others = any(
        each.rule != rules.STALE
        and each.severity.reaches(contract.Severity.ERROR)
        for each in found
    )
    return [
        dataclasses.replace(
            each, fix=f'first fix the other errors; then {each.fix}'
        )
        if others and each.rule == rules.STALE
        else each
        for each in found
    ]


def read_allowed(path: str | None) -> list[allowlist.Entry]:
    """Return the entries of an allow-list; none without a path.

    :raises CatalogueError: the file does not exist, or is not an allow-list
    """
    if path is None:
        return []
    try:
        return allowlist.decode(storage.read_bytes(path))
    except errors.CatalogueError as e:
        where = '' if path in str(e) else f'{path}: '
        raise errors.CatalogueError(f'{where}{e}') from None
