# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""``unixnotif contract diff``, ``release`` and ``show``.

Rule: they read or freeze a catalogue, and judge nothing.
"""

import argparse
from collections.abc import Iterable
from collections.abc import Sequence
import itertools
from typing import ClassVar

from unixnotif import contract
from unixnotif import errors
from unixnotif import terminal
from unixnotif.cli import app
from unixnotif.cli import suggestions
from unixnotif.cli.contract import base
from unixnotif.cli.contract import options
from unixnotif.contract import catalogues
from unixnotif.contract import changelog
from unixnotif.contract import diff

_DIFFS = {'text': diff.diff, 'markdown': changelog.changelog}


class Diff(base.ContractCommand):
    """Show every difference from the baseline, an earlier catalogue."""

    examples: ClassVar[str] = """\
  unixnotif contract diff notifications.json \\
      --against git:origin/master:notifications.json
  unixnotif contract diff new.json --against old.json
  unixnotif contract diff new.json --against old.json --format markdown

exit code: 0 also if the catalogues differ; 2 the command line, a file or a
git revision is wrong; 3 the baseline does not exist, or the command was
stopped"""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """See the base class."""
        options.add_catalogue(parser)
        options.add_against(parser)
        parser.add_argument(
            '--format',
            choices=list(_DIFFS),
            default='text',
            help='markdown is a changelog with the effect of each change on '
            'old consumers of new payloads and new consumers of old payloads '
            '(default: %(default)s)',
        )

    def act(self, parsed_args: argparse.Namespace) -> int:
        """See the base class."""
        now, before, _ = base.read_both(parsed_args)
        lines = _DIFFS[parsed_args.format](before, now)
        base.put_lines(lines)
        return 0


class Release(base.ContractCommand):
    """Freeze the pending (not yet released) versions.

    Frozen versions must not change afterwards.
    """

    examples: ClassVar[str] = """\
  unixnotif contract release 34.0.0 notifications.json

exit code: 0 the versions are frozen; 1 no version is pending; 2 the command
line or the file is wrong; 3 the command was stopped"""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """See the base class."""
        parser.add_argument('tag', metavar='TAG', help='for example 34.0.0')
        parser.add_argument('catalogue', metavar='CATALOGUE')

    def act(self, parsed_args: argparse.Namespace) -> int:
        """See the base class."""
        if not parsed_args.tag.strip():
            raise errors.CatalogueError(
                f'{parsed_args.tag!r} is not a tag, for example 34.0.0'
            )
        found = contract.read(parsed_args.catalogue)
        frozen = list(catalogues.pending(found))
        if not frozen:
            app.say('no version is pending; the file did not change')
            return app.FAILED
        released = catalogues.release(found, parsed_args.tag)
        contract.write(parsed_args.catalogue, contract.encode(released))
        base.put_lines(f'{name} {version}' for name, version in frozen)
        return 0


class Show(base.ContractCommand):
    """Show events, payloads and versions; or the fields of a payload.

    NAME is a payload, an event or a notification class. For an event or a
    class, the command shows the fields of its payload.
    """

    examples: ClassVar[str] = """\
  unixnotif contract show notifications.json
  unixnotif contract show notifications.json nova:FlavorPayload
  unixnotif contract show notifications.json flavor.create

exit code: 0 success; 2 the command line or the file is wrong; 3 the command
was stopped"""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """See the base class."""
        parser.add_argument('catalogue', metavar='CATALOGUE')
        parser.add_argument('name', metavar='NAME', nargs='?')

    def act(self, parsed_args: argparse.Namespace) -> int:
        """See the base class."""
        found = contract.read(parsed_args.catalogue)
        if parsed_args.name is not None:
            base.put(_table(_fields(found, parsed_args.name)))
            return 0
        text = ''
        for title, carried in (
            ('event', found.events),
            ('notification class', found.roots),
        ):
            if carried:
                text += _table(
                    [
                        (title, 'payload', 'version'),
                        *(
                            (name, *pairs[-1])
                            for name, pairs in sorted(carried.items())
                            if pairs
                        ),
                    ]
                )
                text += '\n'
        if found.payloads or not found.legacy:
            text += _table(
                [
                    ('payload', 'versions (* pending)', 'source'),
                    *_payloads(found),
                ]
            )
        if found.legacy:
            rows = [
                (name, str(len(fields)))
                for name, fields in sorted(found.legacy.items())
            ]
            text += '\n' if text else ''
            text += _table([('legacy event', 'fields'), *rows])
        base.put(text)
        return 0


def _payloads(found: catalogues.Catalogue) -> Iterable[tuple[str, str, str]]:
    for name, payload in sorted(found.payloads.items()):
        versions = ' '.join(
            version + _mark(payload.versions[version])
            for version in sorted(payload.versions, key=catalogues.order)
        )
        if payload.current is None:
            versions += ' (gone)'
        schema = payload.schema
        yield (
            name,
            versions,
            ', '.join(schema.source if schema is not None else ()),
        )


def _mark(schema: catalogues.Schema) -> str:
    return '*' if schema.status == catalogues.PENDING else ''


def _fields(
    found: catalogues.Catalogue, name: str
) -> Iterable[tuple[str, str, str]]:
    carried = found.events.get(name) or found.roots.get(name)
    if name not in found.payloads and name in found.legacy:
        yield ('field', 'legacy', '')
        for field, text in sorted(found.legacy[name].items()):
            yield field, text, ''
        if not carried:
            return
    version = None
    if carried:
        name, version = carried[-1]
        yield ('payload', f'{name} {version}', '')
    payload = found.payloads.get(name)
    if payload is None:
        known = found.payloads, found.legacy, found.events, found.roots
        hint = suggestions.similar(name, itertools.chain(*known))
        raise errors.CatalogueError(
            f'there is no payload, event or notification class {name}{hint}'
        )
    version = version or payload.version
    schema = payload.versions.get(version)
    if schema is None:
        raise errors.CatalogueError(
            f'the catalogue has no version {version} of {name}'
        )
    yield ('field', f'{version} {schema.status}', 'inherited from')
    for field in sorted(schema.fields):
        text = str(schema.type_of(field))
        yield field, text, schema.inherited.get(field, '')


def _table(rows: Iterable[Sequence[str]]) -> str:
    rows = [list(map(terminal.escape, row)) for row in rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = (
        '  '.join(map(str.ljust, row, widths)).rstrip() + '\n' for row in rows
    )
    return ''.join(lines)
