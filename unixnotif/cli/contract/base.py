# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Base class, comparison and output of the contract commands.

Rule: the exit code is 0 without findings, 1 with findings, 2 after a mistake
of the caller or a broken file, and 3 if nothing was compared. An empty run
never passes.
"""

import argparse
from collections.abc import Iterable
import datetime
import os
import shlex
from typing import ClassVar
from typing import NamedTuple

from unixnotif import contract
from unixnotif import errors
from unixnotif import terminal
from unixnotif.cli import app
from unixnotif.cli import standard_output
from unixnotif.cli.contract import sources
from unixnotif.contract import cases
from unixnotif.contract import catalogues
from unixnotif.contract import rules
from unixnotif.contract import storage
from unixnotif.contract.rules import case_kinds

NOTHING = 3

#: For ``--help``.
EXIT_CODES = """\

exit code: 0 if no finding reaches the severity of --fail-on; 1 if a finding
does; 2 if the command line, a file or a git revision is wrong; 3 if nothing
was compared: the baseline does not exist, the source has no payload or legacy
event, the baseline and CATALOGUE have none in common, or the command was
stopped"""


class EmptySourceError(errors.CatalogueError):
    """A source has nothing to compare, for example a wrong package."""


class ContractCommand(app.Command):
    """Base of the commands."""

    examples: ClassVar[str]
    stopped: ClassVar[int] = NOTHING

    def take_action(self, parsed_args: argparse.Namespace) -> int:
        """Run the command; a broken file is not a finding."""
        try:
            return self.act(parsed_args)
        except (storage.NoBaselineError, EmptySourceError) as e:
            app.say(f'nothing was compared: {e}')
            return NOTHING
        except errors.UnixNotifError as e:
            app.say(str(e))
            return app.USAGE

    def act(self, parsed_args: argparse.Namespace) -> int:
        """Run the command; return its exit code."""
        raise NotImplementedError


def put_lines(lines: Iterable[str]) -> None:
    """Write lines; escape line breaks in names.

    :raises OutputError: there is no output, or the disk is full
    """
    put(''.join(f'{terminal.escape(line)}\n' for line in lines))


def put(text: str) -> None:
    """Write to standard output; a closed pipe does not change the exit code.

    :raises OutputError: there is no output, or the disk is full
    """
    # Names in catalogues and recordings come from other processes.
    standard_output.put(terminal.escape_lines(text))


def judge(parsed_args: argparse.Namespace, both: 'Both') -> contract.Report:
    """Check a catalogue with the options of the command line."""
    return contract.check(
        both.now,
        both.before,
        strict_merge=parsed_args.strict_merge,
        require_coverage=parsed_args.require_coverage,
        legacy=contract.Severity(parsed_args.legacy),
        use=parsed_args.use_rules,
        exclude=parsed_args.except_rules,
        severities=dict(parsed_args.severity),
        cases=both.cases,
        kept=_is_kept(parsed_args),
    )


def _is_kept(parsed_args: argparse.Namespace) -> bool:
    """Return True if the baseline is an earlier revision of the catalogue."""
    against: str | None = parsed_args.against
    if against is None:
        return True
    revision, _, path = against.rpartition(':')
    return revision.startswith('git:') and (
        os.path.basename(path) == os.path.basename(parsed_args.catalogue)
    )


def today() -> datetime.date:
    """Return today's date in UTC, to find expired entries."""
    return datetime.datetime.now(datetime.UTC).date()


class Both(NamedTuple):
    """The two catalogues of a comparison.

    :ivar cases: cases that a comparison of the two does not find: a file that
        is not up to date, classes that cannot be read, and events that lost
        their version
    """

    now: contract.Catalogue
    before: contract.Catalogue
    cases: list[case_kinds.Case]


def read_both(parsed_args: argparse.Namespace) -> Both:
    """Return the new catalogue and the baseline.

    With a source, the new catalogue is the catalogue that ``contract record
    --merge`` would write.

    :raises CatalogueError: a catalogue or the source cannot be read
    :raises EmptySourceError: the source has no payload and no legacy event
    """
    if 'types' in parsed_args:
        sources.check(parsed_args)
    now = contract.read(parsed_args.catalogue)
    if parsed_args.against is None:
        before, where = storage.read_branch_point(parsed_args.catalogue)
        app.say(f'comparing with {where}')
    else:
        before = contract.read_baseline(parsed_args.against)
    unused = parsed_args.unused if 'unused' in parsed_args else ()
    further: list[case_kinds.Case] = []
    if 'declared' in parsed_args and sources.is_given(parsed_args):
        source = sources.collect(parsed_args)
        further += (
            case_kinds.Unread(parsed_args.declared, problem)
            for problem in source.problems
        )
        if source.catalogue.is_empty:
            for problem in source.problems:
                app.say(problem)
            given = ' '.join(sources.words(parsed_args))
            raise EmptySourceError(f'{given} has no payload or legacy event')
        further += cases.unversioned(source.catalogue, before)
        merged = catalogues.without_values(source.merge_into(now), unused)
        if merged != now:
            further.append(
                case_kinds.Stale(parsed_args.catalogue, _record(parsed_args))
            )
        now = merged
    return Both(
        catalogues.without_values(now, unused),
        catalogues.without_values(before, unused),
        further,
    )


def _record(parsed_args: argparse.Namespace) -> str:
    """Return the command that brings the catalogue up to date."""
    return shlex.join(
        [
            *('unixnotif', 'contract', 'record', *sources.words(parsed_args)),
            *(f'--unused={value}' for value in parsed_args.unused),
            *('-o', parsed_args.catalogue, '--merge'),
        ]
    )


def accept_command(
    parsed_args: argparse.Namespace, finding: contract.Finding
) -> str:
    """Return the command that accepts a finding of this command line.

    Return '' if no command accepts the finding.
    """
    if finding.rule in rules.NOT_ACCEPTED:
        return ''
    words = ['unixnotif', 'contract', 'accept', parsed_args.catalogue]
    words += sources.words(parsed_args)
    if parsed_args.against is not None:
        words += ['--against', parsed_args.against]
    words += ['--allow', parsed_args.allow or 'allow.json']
    for name in ('use_rules', 'except_rules', 'unused'):
        option = name.removesuffix('_rules')
        words += [
            f'--{option}={value}' for value in getattr(parsed_args, name)
        ]
    words += [f'--severity={rule}={to}' for rule, to in parsed_args.severity]
    if parsed_args.legacy != 'warning':
        words.append(f'--legacy={parsed_args.legacy}')
    for name in ('strict_merge', 'require_coverage'):
        if getattr(parsed_args, name):
            words.append(f'--{name.replace("_", "-")}')
    words += ['--rule', finding.rule, '--payload', finding.subject]
    words += ['--field', finding.field, '--reason', 'REASON']
    return shlex.join(words)


def nothing_compared(report: contract.Report) -> bool:
    """Report if nothing was compared; return True in this case."""
    if not report.compared:
        app.say(
            'nothing was compared: the catalogue and the baseline have no '
            'payload or legacy event in common; check CATALOGUE and --against'
        )
    return not report.compared
