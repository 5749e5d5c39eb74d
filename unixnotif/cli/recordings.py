# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Recordings as arguments: their files, a period of time, and filters.

Rule: a file stands for all its rotated files, oldest first. Each is read once
and never as a whole.
"""

import argparse
import collections
from collections.abc import Iterable
from collections.abc import Iterator
import datetime
import itertools
import re
from typing import Final

from unixnotif import clock
from unixnotif import filter as filters
from unixnotif import grammar
from unixnotif import recording
from unixnotif.cli import app

_UNITS: Final = {'s': 1, 'm': 60, 'h': 3600, 'd': 86400}


def add_period(parser: argparse.ArgumentParser, scope: str = '') -> None:
    """Add the options that :func:`select` reads.

    :param scope: the argument that the options need, for the help
    """
    for name, text in (('--from', 'since'), ('--to', 'before')):
        parser.add_argument(
            name,
            dest=text,
            metavar='TIME',
            type=_time,
            help=f'{scope}select notifications that arrived {text} TIME: '
            '2026-11-27T10:00 (local time, or with an offset such as '
            '+00:00), 10:00 (today), or 30m (30 minutes ago; also s, '
            'h, d)',
        )


def files(paths: Iterable[str]) -> list[str]:
    """Return the files of recordings, each once, with their rotated files.

    :raises UnavailableError: a directory cannot be read
    """
    # If a file does not exist, reading reports that.
    found = (recording.files(path) or [path] for path in paths)
    return list(dict.fromkeys(itertools.chain.from_iterable(found)))


def select(
    lines: Iterable[recording.Line],
    parsed_args: argparse.Namespace,
    wanted: filters.Filter,
) -> Iterator[recording.Line]:
    """Yield the lines of a period that a filter selects, and all losses."""
    utc = getattr(parsed_args, 'utc', False)
    since = _aware(parsed_args.since, utc)
    before = _aware(parsed_args.before, utc)
    for line in lines:
        received = line.received
        if received is not None and (
            (since is not None and received < since)
            or (before is not None and received >= before)
        ):
            continue
        if isinstance(line, recording.RecordedLost) or wanted.matches(
            line.notification
        ):
            yield line


def report_missing(reasons: collections.Counter[str]) -> None:
    """Report on stderr notifications that a recording lacks."""
    count = reasons.total()
    if count:
        missing = grammar.quantity(
            count, 'notification is', 'notifications are'
        )
        app.say(
            f'{missing} missing from the recording ({grammar.counts(reasons)})'
        )


def _aware(
    when: datetime.datetime | None, utc: bool
) -> datetime.datetime | None:
    """Return a time with an offset: that of UTC, or the local one."""
    if when is None or when.tzinfo is not None:
        return when
    return when.replace(tzinfo=datetime.UTC) if utc else when.astimezone()


def _time(text: str) -> datetime.datetime:
    """Return the time of an argument, perhaps without an offset."""
    now = clock.now()
    match = re.fullmatch(r'([0-9]{1,6})([smhd])', text)
    if match:
        seconds = int(match[1]) * _UNITS[match[2]]
        return now - datetime.timedelta(seconds=seconds)
    try:
        if re.fullmatch(r'[0-9]{1,2}:[0-9]{2}(:[0-9.]+)?', text):
            time = datetime.time.fromisoformat(text.zfill(5))
            return datetime.datetime.combine(now.astimezone(), time)
        return datetime.datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f'{text!r} is not a time such as 2026-11-27T10:00, 10:00 or 30m '
            '(30 minutes ago)'
        ) from None
