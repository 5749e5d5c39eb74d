#    Licensed under the Apache License, Version 2.0 (the "License"); you may
#    not use this file except in compliance with the License. You may obtain
#    a copy of the License at
#
#         http://www.apache.org/licenses/LICENSE-2.0
#
#    Unless required by applicable law or agreed to in writing, software
#    distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
#    WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
#    License for the specific language governing permissions and limitations
#    under the License.

"""``unixnotif contract check``: compare with what was recorded.

Rule: findings go to the output; what is said of the run itself, to stderr.
"""

import argparse
from typing import ClassVar

from unixnotif import contract
from unixnotif import errors
from unixnotif.cli import app
from unixnotif.cli.contract import base
from unixnotif.contract import allowlist
from unixnotif.contract import reports
from unixnotif.contract import storage

_LEVELS = ('error', 'warning', 'note')


class Check(base.ContractCommand):
    """Compare a catalogue with the one that was recorded."""

    examples: ClassVar[str] = (
        """\
  unixnotif contract check notifications.json
  unixnotif contract check notifications.json \\
      --against git:origin/master:notifications.json
  unixnotif contract check new.json --against old.json --format junit
  unixnotif contract check new.json --against old.json --allow allow.json
  unixnotif contract check new.json --against old.json --severity N502=warning
  unixnotif contract check new.json --against old.json --use BACKWARD
"""
        + base.EXIT_CODES
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """See the base class."""
        base.add_catalogue(parser)
        base.add_against(parser)
        parser.add_argument(
            '--format', choices=list(reports.FORMATS), default='text'
        )
        parser.add_argument(
            '--show',
            choices=_LEVELS,
            default='warning',
            help='findings that are at least as bad (default: %(default)s)',
        )
        parser.add_argument(
            '--fail-on',
            choices=_LEVELS[:2],
            default='error',
            help='exit with 1 for what is at least as bad (default: '
            '%(default)s)',
        )
        parser.add_argument(
            '--allow', metavar='FILE', help='breaks that were accepted'
        )
        parser.add_argument(
            '--strict-merge',
            action='store_true',
            help='pending versions must not be amended either',
        )
        parser.add_argument(
            '--require-coverage',
            action='store_true',
            help='what no test or sample shows is an error',
        )
        base.add_rules(parser)

    def act(self, parsed_args: argparse.Namespace) -> int:
        """See the base class."""
        now, before = base.read_both(parsed_args)
        entries = read_allowed(parsed_args.allow)
        report = base.judge(
            parsed_args,
            now,
            before,
            strict_merge=parsed_args.strict_merge,
            require_coverage=parsed_args.require_coverage,
        )
        if base.nothing_compared(report):
            return base.NOTHING
        allowed = allowlist.apply(report, entries, base.today())
        for warning in allowed.warnings:
            app.say(f'{parsed_args.allow}: {warning}')
        if allowed.accepted:
            app.say(f'{len(allowed.accepted)} findings were accepted')
        show = contract.Severity(parsed_args.show)
        base.put(reports.FORMATS[parsed_args.format](allowed.report, show))
        level = contract.Severity(parsed_args.fail_on)
        return app.FAILED if allowed.report.reaching(level) else 0


def read_allowed(path: str | None) -> list[allowlist.Entry]:
    """The entries of an allow-list; none without a path.

    :raises CatalogueError: it is not there, or not one
    """
    if path is None:
        return []
    try:
        return allowlist.decode(storage.read_bytes(path))
    except errors.CatalogueError as e:
        where = '' if path in str(e) else f'{path}: '
        raise errors.CatalogueError(f'{where}{e}') from None
