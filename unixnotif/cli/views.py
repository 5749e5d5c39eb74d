# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The options that choose a view, and the view that they choose.

Rule: lines for people on a terminal, JSON for programs in a pipe, unless an
option says otherwise.
"""

import argparse
from collections.abc import Callable
import datetime
from typing import IO

from unixnotif.cli import fields
from unixnotif.cli import lines
from unixnotif.cli import output
from unixnotif.cli import templates


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of a view."""
    group = parser.add_argument_group(
        'output',
        'By default a terminal shows one line for each notification, and a\n'
        'pipe gets JSON lines.',
    )
    kind = group.add_mutually_exclusive_group()
    kind.add_argument(
        '--line',
        action='store_true',
        help='one line for each notification, also in a pipe',
    )
    kind.add_argument(
        '--long',
        action='store_true',
        help='one line with the time, priority, event type, publisher, '
        'process id and topics; then the payload as indented JSON',
    )
    kind.add_argument(
        '--json',
        action='store_true',
        help='JSON lines with the notification and its sender, also on a '
        'terminal',
    )
    kind.add_argument(
        '--format',
        metavar='TEMPLATE',
        type=_template,
        help='print each notification in this format, for example "{time} '
        '{event_type:<30} {payload.uuid}"; fields: time, pid, uid, gid, name '
        'and version (of the payload), payload.FIELD, context.FIELD, and the '
        'keys of the notification, for example priority',
    )
    group.add_argument(
        '--fields',
        metavar='FIELD[,FIELD...]',
        type=_fields,
        help='fields of the payload to show in a line, for example '
        'uuid,flavor.vcpus (default: the fields with the uuid or id, host, '
        'state and fault)',
    )
    add_utc(group)


def add_utc(parser: argparse._ActionsContainer) -> None:
    """Add the option that :func:`clock` reads."""
    parser.add_argument(
        '--utc', action='store_true', help='show times in UTC, not local time'
    )


def clock(
    parsed_args: argparse.Namespace,
) -> Callable[[datetime.datetime], datetime.datetime]:
    """Return a function that returns a time as it is shown."""
    zone = datetime.UTC if parsed_args.utc else None
    return lambda when: when.astimezone(zone)


def new_view(parsed_args: argparse.Namespace, stream: IO[str]) -> output.View:
    """Return the view that a command line asks for."""
    shown = clock(parsed_args)
    if parsed_args.format is not None:
        return templates.TemplateView(stream, shown, parsed_args.format)
    if parsed_args.long:
        return output.LongView(stream)
    if parsed_args.json or not (parsed_args.line or stream.isatty()):
        return output.JsonView(stream)
    return lines.LineView(stream, shown, parsed_args.fields)


def _template(text: str) -> templates.Template:
    try:
        return templates.Template(text)
    except ValueError as e:
        raise argparse.ArgumentTypeError(
            f'{text!r} is not a template such as "{{event_type}} '
            f'{{payload.uuid}}": {e}'
        ) from None


def _fields(text: str) -> list[tuple[str, fields.Steps]]:
    try:
        return fields.parse(text)
    except ValueError as e:
        raise argparse.ArgumentTypeError(str(e)) from None
