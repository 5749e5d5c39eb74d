# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""``unixnotif report``: recordings as one HTML page.

Rule: the command writes the page even if recordings are damaged. The command
reports problems on stderr, one a line, and on the page.
"""

import argparse
from collections.abc import Iterator
import contextlib
import os
import tempfile
from typing import ClassVar

from unixnotif import contract
from unixnotif import errors
from unixnotif import grammar
from unixnotif import outputs
from unixnotif import recording
from unixnotif import report
from unixnotif.cli import app
from unixnotif.cli import criteria
from unixnotif.cli import progress
from unixnotif.cli import recordings
from unixnotif.cli.contract import check
from unixnotif.report import problems
from unixnotif.report import sampler


class Report(app.Command):
    """Write a page that shows recordings in a browser.

    The page is one HTML file without any reference to another file or site:
    attach it to a CI build or send it by mail. It has a timeline, a table
    with filters and search, all payloads, and a comparison of any two
    notifications. The command also reads rotated files (FILE.1, FILE.2, ...)
    and files compressed by gzip.
    """

    examples: ClassVar[str] = """\
  unixnotif report capture.jsonl -o report.html
  unixnotif report recordings/*.jsonl -o report.html --title "nova tests"
  unixnotif report capture.jsonl -o report.html --catalogue nova.json
  unixnotif report capture.jsonl -o errors.html --priority error --from 30m

exit code: 0 on success; 1 if a file cannot be read or is damaged, a line is
too long, the page cannot be written, or the command is stopped early; 2 if the
command line is wrong"""
    stopped: ClassVar[int] = app.FAILED

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """See the base class."""
        parser.add_argument('file', metavar='FILE', nargs='+')
        parser.add_argument(
            '-o',
            '--output',
            metavar='PAGE',
            required=True,
            type=app.file_argument,
            help='the HTML file to write, for example report.html',
        )
        parser.add_argument(
            '--title', metavar='TEXT', help='heading of the page'
        )
        parser.add_argument(
            '--catalogue',
            metavar='CATALOGUE',
            help='show where the payloads break the contract of this '
            'catalogue: a file, or git:REVISION:PATH',
        )
        parser.add_argument(
            '--allow',
            metavar='ALLOW',
            help='with --catalogue: do not show the findings in this '
            'allow-list, which "unixnotif contract accept" writes',
        )
        parser.add_argument(
            '--max',
            metavar='N',
            type=app.positive,
            default=sampler.MAX_ROWS,
            dest='most',
            help='maximum number of notifications on the page (default: '
            '%(default)s). From a larger recording, the page shows only every '
            'second notification, or every fourth, eighth and so on. In '
            'addition to N, the page shows the first notification of each '
            f'event type, at most {sampler.MAX_FIRST}. The summary of the '
            'page always counts all notifications',
        )
        recordings.add_period(parser)
        criteria.add(parser)

    def take_action(self, parsed_args: argparse.Namespace) -> int:
        """See the base class."""
        if parsed_args.allow is not None and parsed_args.catalogue is None:
            app.say(
                '--allow needs --catalogue, for example: --catalogue '
                f'nova.json --allow {parsed_args.allow}'
            )
            return app.USAGE
        paths = recordings.files(parsed_args.file)
        _check_output(parsed_args, paths)
        # Before the recordings are read, which may take minutes.
        report.check_installation()
        catalogue = None
        if parsed_args.catalogue is not None:
            catalogue = contract.read_baseline(parsed_args.catalogue)
        allowed = check.read_allowed(parsed_args.allow)
        with report.Sample(parsed_args.most) as sample:
            collected = _Collected(sample, has_catalogue=catalogue is not None)
            collected.read(parsed_args, paths)
            model = report.Model(
                parsed_args.title
                or f'Notifications of {", ".join(parsed_args.file)}',
                paths,
                collected.totals,
                sample,
                collected.losses,
                parsed_args.catalogue or '',
                problems.find(
                    collected.observer.catalogue(), catalogue, allowed
                )
                if catalogue is not None
                else (),
                collected.unread,
            )
            with _explained(parsed_args.output):
                _write(parsed_args.output, model)
        _say_sampled(sample)
        for each in collected.unread:
            app.say(each)
        return app.FAILED if collected.unread else 0


class _Collected:
    """Content of the recordings.

    :ivar unread: messages about broken files, and lines that are too long
    """

    def __init__(self, sample: report.Sample, has_catalogue: bool) -> None:
        self.totals = report.Totals()
        self.losses = report.Losses()
        self.observer = contract.Observer()
        self.unread: list[str] = []
        self._sample = sample
        self._has_catalogue = has_catalogue

    def read(self, parsed_args: argparse.Namespace, paths: list[str]) -> None:
        """Read all files."""
        wanted = criteria.parse(parsed_args)
        with progress.Reading(paths, 'no page is written') as reading:
            for path in paths:
                try:
                    lines = reading.read(path, self.unread.append)
                    chosen = recordings.select(lines, parsed_args, wanted)
                    # Only the temporary file of the sample raises OSError:
                    # the reader raises errors of another class.
                    with _explained(tempfile.gettempdir()):
                        for line in chosen:
                            self._add(line)
                except errors.UnixNotifError as e:
                    self.unread.append(str(e))

    def _add(self, line: recording.Line) -> None:
        if isinstance(line, recording.RecordedLost):
            self.losses.add(line, self.totals.last)
            return
        self.totals.add(self._sample.add(line))
        if self._has_catalogue:
            self.observer.add(line.notification)


def _check_output(parsed_args: argparse.Namespace, paths: list[str]) -> None:
    """Refuse an output file that is also an input of the command.

    :raises UnavailableError: the output is one of these files
    """
    output = parsed_args.output
    kinds = dict.fromkeys(paths, 'a recording')
    kinds[parsed_args.catalogue or ''] = 'the catalogue'
    kinds[parsed_args.allow or ''] = 'the allow-list'
    for path, kind in kinds.items():
        with contextlib.suppress(OSError):
            if os.path.samefile(output, path):
                raise errors.UnavailableError(
                    f'{output} is {kind}; name another file for the '
                    'page, for example -o report.html'
                )


def _write(output: str, model: report.Model) -> None:
    """Write the page; a page that is not complete replaces nothing."""
    with outputs.replacing(output) as file:
        file.writelines(part.encode() for part in report.render(model))


def _say_sampled(sample: report.Sample) -> None:
    if sample.step > 1:
        shown = grammar.plural(len(sample), 'notification')
        app.say(
            f'the page shows {shown} of {sample.seen}; to show more, give '
            'a higher --max, or select with --from, --to and the filters'
        )


@contextlib.contextmanager
def _explained(path: str) -> Iterator[None]:
    try:
        yield
    except OSError as e:
        raise errors.UnavailableError(
            f'cannot write {path}: {e.strerror}'
        ) from e
