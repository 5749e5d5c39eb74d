# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""``unixnotif summary``: counts of recordings as tables, Markdown or JSON.

Rule: the command prints or writes a summary even if files are damaged.
Problems are reported on stderr, one a line, and in the summary.
"""

import argparse
import os
from typing import ClassVar
from typing import Final

from unixnotif import errors
from unixnotif import grammar
from unixnotif import outputs
from unixnotif.cli import advice
from unixnotif.cli import app
from unixnotif.cli import criteria
from unixnotif.cli import output
from unixnotif.cli import progress
from unixnotif.cli import recordings
from unixnotif.cli import reports
from unixnotif.cli import standard_output
from unixnotif.cli import statistics
from unixnotif.cli import tables
from unixnotif.cli import views

#: Maximum number of rows of each table.
MAX_ROWS: Final = 10_000
# Number of counts over time.
_COUNTS: Final = 60


class Summary(app.Command):
    """Summarize recordings as tables, Markdown or JSON.

    The summary has counts, rates and sizes by event type, publisher, payload
    version and emitting process, and the number of lost notifications by
    reason. It shows which service emitted which payload. The command also
    reads rotated files (FILE.1, FILE.2, ...) and files compressed by gzip.
    """

    examples: ClassVar[str] = """\
  unixnotif summary capture.jsonl
  unixnotif summary capture.jsonl --by payload --sort size
  unixnotif summary capture.jsonl -o summary.txt -o summary.json
  unixnotif summary capture.jsonl --expect nova-compute --fail-on-lost

exit code: 0 on success; 1 if a file cannot be read or is damaged, a line is
too long, an expected service emitted nothing, the output cannot be written,
the command is stopped early, or, with --fail-on-lost, notifications were lost;
2 if the command line is wrong"""
    stopped: ClassVar[int] = app.FAILED

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """See the base class."""
        parser.add_argument('file', metavar='FILE', nargs='+')
        recordings.add_period(parser)
        parser.add_argument(
            '--by',
            choices=list(statistics.DIMENSIONS),
            action='append',
            help='print only this table; may be repeated. The table "event" '
            'has a row for each service, event type and payload version',
        )
        parser.add_argument(
            '--sort',
            choices=tables.SORTING,
            default='name',
            help='order of rows: largest count, rate or total size first, '
            'name from A to Z, or newest notification (last) first '
            '(default: %(default)s)',
        )
        kind = parser.add_mutually_exclusive_group()
        kind.add_argument(
            '--markdown', action='store_true', help='print Markdown'
        )
        kind.add_argument(
            '--json',
            action='store_true',
            help='print JSON, always with all tables, sorted by name',
        )
        parser.add_argument(
            '-o',
            '--output',
            metavar='FILE',
            action='append',
            default=[],
            help='write FILE and print nothing; FILE.json is JSON, FILE.md is '
            'Markdown, any other FILE has tables; may be repeated',
        )
        parser.add_argument(
            '--expect',
            metavar='SERVICE',
            action='append',
            default=[],
            help='report a problem if SERVICE, for example nova-compute, '
            'emitted nothing; may be repeated',
        )
        parser.add_argument(
            '--fail-on-lost',
            action='store_true',
            help='report lost notifications as a problem',
        )
        criteria.add(parser)
        views.add_utc(parser)

    def take_action(self, parsed_args: argparse.Namespace) -> int:
        """See the base class."""
        counted = statistics.Statistics(
            statistics.Timeline(1.0, _COUNTS, is_whole=True), most=MAX_ROWS
        )
        problems = _count(parsed_args, counted)
        problems += _problems(parsed_args, counted)
        for path in parsed_args.output:
            _write(path, _text(parsed_args, counted, problems, path))
        if not parsed_args.output:
            _put(parsed_args, counted, problems)
        for each in problems:
            app.say(each)
        if parsed_args.fail_on_lost:
            for each in advice.of_losses(counted.lost):
                app.say(each)
        return app.FAILED if problems else 0


def _count(
    parsed_args: argparse.Namespace, counted: statistics.Statistics
) -> list[str]:
    """Count the notifications of all files; return the errors."""
    problems: list[str] = []
    wanted = criteria.parse(parsed_args)
    paths = recordings.files(parsed_args.file)
    with progress.Reading(paths, 'nothing is summarized') as reading:
        for path in paths:
            try:
                lines = reading.read(path, problems.append)
                for line in recordings.select(lines, parsed_args, wanted):
                    counted.add_line(line)
            except errors.UnixNotifError as e:
                problems.append(str(e))
    return problems


def _problems(
    parsed_args: argparse.Namespace, counted: statistics.Statistics
) -> list[str]:
    """Return the failures of --fail-on-lost and --expect, one line each."""
    problems = []
    if counted.lost and parsed_args.fail_on_lost:
        lost = grammar.quantity(
            counted.lost.total(), 'notification was', 'notifications were'
        )
        problems.append(f'{lost} lost ({grammar.counts(counted.lost)})')
    seen = {
        statistics.service(publisher)
        for (publisher,) in counted.tables['publisher'].rows
    }
    problems += [
        f'{name} emitted nothing; these services emitted notifications: '
        + (', '.join(sorted(seen)) or 'none')
        for name in parsed_args.expect
        if name not in seen
    ]
    return problems


def _text(
    parsed_args: argparse.Namespace,
    counted: statistics.Statistics,
    problems: list[str],
    path: str = '',
) -> str:
    """Return the summary in the format that is asked for.

    :param path: of a file whose suffix names the format
    """
    name = ', '.join(parsed_args.file)
    dimensions = parsed_args.by or list(statistics.DIMENSIONS)
    suffix = os.path.splitext(path)[1]
    if suffix == '.json' or (not path and parsed_args.json):
        value = reports.to_json(counted, counted.average)
        return reports.encode({**value, 'problems': problems})
    if suffix == '.md' or (not path and parsed_args.markdown):
        return reports.markdown(
            counted,
            name,
            counted.average,
            views.clock(parsed_args),
            dimensions=dimensions,
            sort=parsed_args.sort,
            problems=problems,
        )
    return output.plain(
        reports.overview(
            counted,
            name,
            counted.average,
            views.clock(parsed_args),
            dimensions=dimensions,
            sort=parsed_args.sort,
            problems=problems,
        )
    )


def _put(
    parsed_args: argparse.Namespace,
    counted: statistics.Statistics,
    problems: list[str],
) -> None:
    """Print the summary."""
    console = output.console(standard_output.require())
    if parsed_args.json or parsed_args.markdown or not console.is_terminal:
        text = _text(parsed_args, counted, problems)
        output.write_line(console.file, text.removesuffix('\n'))
        return
    output.put_all(
        console,
        reports.overview(
            counted,
            ', '.join(parsed_args.file),
            counted.average,
            views.clock(parsed_args),
            dimensions=parsed_args.by or list(statistics.DIMENSIONS),
            sort=parsed_args.sort,
            problems=problems,
            width=console.width,
            has_unicode=output.has_unicode(console),
        ),
    )


def _write(path: str, text: str) -> None:
    """Write a file, completely or not at all.

    :raises UnavailableError: it cannot be written
    """
    try:
        with outputs.replacing(path) as file:
            file.write(text.encode())
    except OSError as e:
        raise errors.UnavailableError(
            f'cannot write {path}: {e.strerror}'
        ) from e
