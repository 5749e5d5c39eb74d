# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Sources of a catalogue: recordings, samples and payload classes.

Rule: a source is read, and nothing is written.
"""

import argparse
from collections.abc import Iterable
from collections.abc import Iterator
import json
import logging
import os
from typing import Any
from typing import NamedTuple

from unixnotif import contract
from unixnotif import errors
from unixnotif import grammar
from unixnotif import notification
from unixnotif import samples
from unixnotif.cli import app
from unixnotif.cli import progress
from unixnotif.cli import recordings
from unixnotif.contract import declarations
from unixnotif.contract import storage
from unixnotif.contract import types


def add_sources(parser: argparse.ArgumentParser, *, required: bool) -> None:
    """Add the options that name a source."""
    source = parser.add_mutually_exclusive_group(required=required)
    source.add_argument(
        '--recording',
        metavar='FILE',
        nargs='+',
        action='extend',
        help='recordings of notifications, with their rotated files; or '
        'directories with *.jsonl files, for example the directory '
        'in UNIXNOTIF_RECORD',
    )
    source.add_argument(
        '--samples',
        metavar='DIR',
        help='directory of sample files, which may refer to each other with '
        '$ref',
    )
    source.add_argument(
        '--declared',
        metavar='PACKAGE',
        help='payload classes (oslo.versionedobjects) of a Python '
        'package, for example nova.notifications',
    )
    parser.add_argument(
        '--types',
        metavar='FILE',
        help='JSON object with the types of custom fields, for example '
        '{"nova.objects.fields:NetworkModel": "list<map<any>>"}',
    )


def is_given(parsed_args: argparse.Namespace) -> bool:
    """Return True if the command line names a source."""
    return bool(
        parsed_args.declared or parsed_args.samples or parsed_args.recording
    )


def words(parsed_args: argparse.Namespace) -> list[str]:
    """Return the options of the source, as on the command line."""
    found = []
    for name in ('declared', 'types', 'samples'):
        if value := getattr(parsed_args, name):
            found += [f'--{name}', value]
    for path in parsed_args.recording or ():
        found += ['--recording', path]
    return found


def check(parsed_args: argparse.Namespace) -> None:
    """Refuse options that have no effect.

    :raises CatalogueError: an option has no effect
    """
    if parsed_args.types and not parsed_args.declared:
        raise errors.CatalogueError(
            '--types needs --declared, for example: --declared '
            f'nova.notifications --types {parsed_args.types}'
        )


class Source(NamedTuple):
    """The content of a source.

    :ivar complete: namespaces of which the source has every class
    :ivar package: package of which the source has every class, or ''
    :ivar problems: sentences about payload classes that cannot be read
    :ivar names: names of all classes of the package
    """

    catalogue: contract.Catalogue
    complete: frozenset[str] = frozenset()
    package: str = ''
    problems: tuple[str, ...] = ()
    names: frozenset[str] = frozenset()

    def merge_into(self, old: contract.Catalogue) -> contract.Catalogue:
        """Return a catalogue with the recorded entries and this source."""
        return contract.merge(
            old, self.catalogue, self.complete, self.package, self.names
        )


def collect(parsed_args: argparse.Namespace) -> Source:
    """Return the content of the source.

    :raises CatalogueError: the source cannot be read
    """
    check(parsed_args)
    if parsed_args.declared:
        return _declared(parsed_args.declared, parsed_args.types)
    observer = contract.Observer()
    if parsed_args.samples:
        for event_type, payload in _samples(parsed_args.samples):
            observer.add_payload(event_type, payload)
    else:
        paths = _recordings(parsed_args.recording)
        with progress.Reading(paths, 'nothing is written') as reading:
            for path in paths:
                _record(path, reading, observer)
    if observer.unknown:
        app.say(
            'skipped, because the payload is not an object: '
            + grammar.plural(observer.unknown, 'notification')
        )
    return Source(observer.catalogue())


def _declared(package: str, path: str | None) -> Source:
    overrides = _overrides(path) if path else None
    # Hide the log messages of a service that is imported.
    logging.disable(logging.WARNING)
    try:
        found = declarations.load(package, overrides)
    finally:
        logging.disable(logging.NOTSET)
    if found.shadowed:
        app.say(
            f'{package} was imported from {found.place}, not from '
            f'{found.shadowed} in the current directory; to check the source '
            'in this directory, install it with: pip install --editable .'
        )
    if found.skipped:
        _report_skipped(package, found)
    for name in found.unknown:
        app.say(
            f'fields of type {name} are recorded as any; to record their '
            'type, use --types'
        )
    for name in found.unused:
        app.say(f'{path}: no field of {package} has the type {name}')
    return Source(
        found.catalogue,
        found.namespaces,
        found.package,
        tuple(found.problems),
        found.names,
    )


def _report_skipped(package: str, found: declarations.Declared) -> None:
    """Report the skipped modules; suggest a smaller package to import."""
    count = len(found.skipped)
    app.say(
        f'skipped {grammar.plural(count, "module")} without payload classes, '
        f'for example: {found.skipped[0]}'
    )
    if len(found.homes) == 1 and found.homes[0] != package:
        app.say(
            f'all payload classes of {package} are in {found.homes[0]}; to '
            f'import less, use --declared {found.homes[0]}'
        )


def _overrides(path: str) -> dict[str, str]:
    try:
        value: Any = json.loads(storage.read_bytes(path))
    except ValueError as e:
        raise errors.CatalogueError(f'{path}: {e}') from None
    if not isinstance(value, dict) or not all(
        isinstance(text, str) for text in value.values()
    ):
        raise errors.CatalogueError(
            f'{path}: must be a JSON object of strings'
        )
    for name, text in value.items():
        try:
            types.parse(text)
        except errors.CatalogueError as e:
            raise errors.CatalogueError(f'{path}: {name}: {e}') from None
    return value


def _recordings(given: Iterable[str]) -> list[str]:
    """Return the files of recordings, also those in directories, each once."""
    paths: list[str] = []
    for path in given:
        if os.path.isdir(path):
            names = sorted(os.listdir(path))
            paths += (
                os.path.join(path, name)
                for name in names
                if name.endswith('.jsonl')
            )
        else:
            paths.append(path)
    return recordings.files(paths)


def _record(
    path: str, reading: progress.Reading, observer: contract.Observer
) -> None:
    for each in reading.read(path):
        if isinstance(each, notification.Lost):
            count = grammar.plural(each.count, 'notification')
            app.say(f'{path}: lost {count}')
        else:
            observer.add(each.notification)


def _samples(directory: str) -> Iterator[tuple[str, Any]]:
    """Yield event types and payloads; skip files that others refer to."""
    if not os.path.isdir(directory):
        raise errors.CatalogueError(f'there is no directory {directory}')
    for where, folders, names in os.walk(directory):
        folders.sort()
        for name in sorted(names):
            if name.endswith('.json'):
                value = samples.load(os.path.join(where, name))
                if isinstance(value, dict) and value.keys() >= {
                    'event_type',
                    'payload',
                }:
                    yield str(value['event_type']), value['payload']
