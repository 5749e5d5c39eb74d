# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The filters of the command line, the same in every command."""

import argparse
from typing import Final

from unixnotif import filter as filters
from unixnotif import versioned
from unixnotif.cli import app


def add(parser: argparse.ArgumentParser) -> None:
    """Add the filters."""
    group = parser.add_argument_group(
        'filters',
        'A notification must match every option. If an option is repeated,\n'
        'one of its values must match. --exclude removes the event types\n'
        'that match. Repeated --where options for one field are\n'
        'alternatives; options for different fields must all match.\n'
        'Filters do not apply to losses: the command reports or counts\n'
        'all lost notifications.',
    )
    for name, metavar, text in (
        ('--event-type', 'GLOB', 'for example "instance.create.*"'),
        ('--exclude', 'GLOB', 'event types to exclude'),
        ('--publisher', 'GLOB', 'for example "nova-compute:*"'),
        (
            '--priority',
            'P',
            'for example error; warning and warn are the same',
        ),
        ('--topic', 'T', 'for example versioned_notifications'),
        (
            '--payload',
            'NAME[VERSION]',
            'for example InstancePayload, "InstancePayload>=1.8" or '
            '"Instance*>=1.8,<2"',
        ),
    ):
        group.add_argument(
            *([name, '--publisher-id'] if name == '--publisher' else [name]),
            metavar=metavar,
            action='append',
            type=_TYPES.get(name, str),
            help=text,
        )
    group.add_argument(
        '--where',
        metavar='FIELD=GLOB',
        action='append',
        type=_field,
        default=[],
        help='a field of the payload, for example "uuid=4f0*" or '
        'flavor.vcpus=2',
    )
    group.add_argument(
        '--pid',
        metavar='PID',
        action='append',
        type=_process_id,
        help='id of the emitting process',
    )


def parse(parsed_args: argparse.Namespace) -> filters.Filter:
    """Return the filter that a command line describes."""
    where: dict[str, list[str]] = {}
    for field, glob in parsed_args.where:
        where.setdefault(field, []).append(glob)
    return filters.Filter(
        parsed_args.event_type,
        publisher_id=parsed_args.publisher,
        priority=parsed_args.priority,
        topic=parsed_args.topic,
        payload_type=parsed_args.payload,
        where=where or None,
        exclude=parsed_args.exclude,
        pid=parsed_args.pid,
    )


def _payload(text: str) -> str:
    filters.Filter(payload_type=text)
    return text


def _priority(text: str) -> str:
    filters.Filter(priority=text)
    return text


_TYPES: Final = {
    '--payload': app.parsed(_payload),
    '--priority': app.parsed(_priority),
}


def _field(text: str) -> tuple[str, str]:
    field, separator, glob = text.partition('=')
    try:
        versioned.parse_path(field)
    except ValueError as e:
        raise argparse.ArgumentTypeError(str(e)) from None
    if not separator:
        raise argparse.ArgumentTypeError(
            f'{text!r} is not FIELD=GLOB, for example "host=compute-*"'
        )
    return field, glob


def _process_id(text: str) -> int:
    if not text.isdecimal() or not text.isascii():
        raise argparse.ArgumentTypeError(f'{text!r} is not a process id')
    return int(text)
