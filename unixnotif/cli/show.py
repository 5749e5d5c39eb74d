# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""``unixnotif show``: print recordings as ``tail`` prints notifications."""

import argparse
import collections
from collections.abc import Iterator
from typing import ClassVar

from unixnotif import recording
from unixnotif.cli import app
from unixnotif.cli import criteria
from unixnotif.cli import recordings
from unixnotif.cli import standard_output
from unixnotif.cli import views


class Show(app.Command):
    """Print recordings.

    "unixnotif record", or a test run with the variable UNIXNOTIF_RECORD,
    writes FILE. The command also reads rotated files (FILE.1, FILE.2, ...)
    and files compressed by gzip. The output looks like that of "unixnotif
    tail". --line and --long also show where notifications were lost.
    """

    examples: ClassVar[str] = """\
  unixnotif show capture.jsonl
  unixnotif show capture.jsonl --from 10:00 --to 10:05 --priority error
  unixnotif show capture.jsonl --where uuid=4f0* --long
  unixnotif show *.jsonl.gz --json | jq .payload

exit code: 0, also if Ctrl-C, SIGTERM or a closed pipe stops the command; 1 if
a file cannot be read or is damaged, or a line is too long; 2 if the command
line is wrong"""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """See the base class."""
        parser.add_argument('file', metavar='FILE', nargs='+')
        recordings.add_period(parser)
        app.add_count(parser)
        criteria.add(parser)
        views.add_options(parser)

    def take_action(self, parsed_args: argparse.Namespace) -> int:
        """See the base class."""
        view = views.new_view(parsed_args, standard_output.require())
        shown = 0
        missing: collections.Counter[str] = collections.Counter()
        skipped: list[str] = []
        try:
            for line in _lines(parsed_args, skipped):
                if isinstance(line, recording.RecordedLost):
                    view.show_lost(line, line.received)
                    missing.update(line.reasons)
                    continue
                view.show(line.notification, line.received)
                shown += 1
                if shown >= parsed_args.count:
                    break
        finally:
            recordings.report_missing(missing)
        return app.FAILED if skipped else 0


def _lines(
    parsed_args: argparse.Namespace, skipped: list[str]
) -> Iterator[recording.Line]:
    """Yield the lines of all files.

    :param skipped: gets a message about each line that is too long
    """

    def skip(message: str) -> None:
        app.say(message)
        skipped.append(message)

    wanted = criteria.parse(parsed_args)
    for path in recordings.files(parsed_args.file):
        lines = recording.read(path, unfinished=app.say, too_long=skip)
        yield from recordings.select(lines, parsed_args, wanted)
