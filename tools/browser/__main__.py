# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Command line: ``python -m tools.browser``.

Rule: a mistake of the user is one message and status 2.
"""

import argparse
from collections.abc import Sequence
import itertools
import pathlib
import sys

from tools import errors
from tools.browser import measurement
from tools.browser import synthesis
from unixnotif import errors as unixnotif_errors
from unixnotif import recording

PROGRAM = 'python -m tools.browser'
_EPILOG = """\
examples:
  python -m tools.browser synthesize capture.jsonl 100000 large.jsonl
  python -m tools.browser measure report.html

exit status: 0 done, 2 wrong usage, no browser or no such file"""
# Number of lines that are written together.
_BATCH = 1000


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; return the exit status."""
    parser = argparse.ArgumentParser(
        prog=PROGRAM,
        description='Measure report pages in Chromium.',
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True, dest='command')
    measure = commands.add_parser(
        'measure', help='print size, times and memory of a page'
    )
    measure.add_argument('page', type=pathlib.Path)
    synthesize = commands.add_parser(
        'synthesize', help='write a large recording from a small recording'
    )
    synthesize.add_argument('recording')
    synthesize.add_argument('count', type=int)
    synthesize.add_argument('output')
    arguments = parser.parse_args(argv)
    try:
        if arguments.command == 'measure':
            print(measurement.measure(arguments.page))
        else:
            _write(arguments)
    except (errors.ToolError, unixnotif_errors.UnixNotifError, OSError) as e:
        print(f'{PROGRAM}: error: {e}', file=sys.stderr)
        return 2
    return 0


def _write(arguments: argparse.Namespace) -> None:
    lines = synthesis.lines(arguments.recording, arguments.count)
    with recording.Writer(arguments.output) as writer:
        while batch := list(itertools.islice(lines, _BATCH)):
            writer.write(batch)


if __name__ == '__main__':
    sys.exit(main())
