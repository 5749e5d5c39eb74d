# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Changelog of a catalogue, in Markdown.

Rule: everything that a consumer can notice is listed, with its effect in both
directions; status, release and source are not.
"""

from collections.abc import Iterator
from collections.abc import Mapping

from unixnotif.contract import catalogues
from unixnotif.contract import comparison
from unixnotif.contract import deltas
from unixnotif.contract import legacy
from unixnotif.contract import lineage
from unixnotif.contract import types

_HEAD = (
    '| field | change | before | now | old consumer, new payload '
    '| new consumer, old payload |',
    '| --- | --- | --- | --- | --- | --- |',
)
_NO_PAYLOAD = catalogues.Payload('')


def changelog(
    old: catalogues.Catalogue, new: catalogues.Catalogue
) -> list[str]:
    """Return the lines of the changelog."""
    sections = [
        *_events('Events', old.events, new.events),
        *_events('Notification classes', old.roots, new.roots),
        *_payloads(old, new),
        *_legacy(old.legacy, new.legacy),
    ]
    return ['# Changes of notification payloads', *sections] + (
        [] if sections else ['', 'No changes.']
    )


def _code(text: str) -> str:
    """Return text as code, within a cell of a table."""
    text = text.replace('`', "'").replace('|', '\\|')
    return f'`{text}`' if text else ''


def _events(
    kind: str,
    old: Mapping[str, catalogues.Carried],
    new: Mapping[str, catalogues.Carried],
) -> Iterator[str]:
    lines = []
    for name in sorted(old.keys() | new.keys()):
        before, now = (
            ' '.join(each[name][-1]) if each.get(name) else ''
            for each in (old, new)
        )
        if not before:
            lines.append(f'* {_code(name)} is new: {_code(now)}')
        elif not now:
            lines.append(f'* {_code(name)} is gone; it was {_code(before)}')
        elif before != now:
            lines.append(f'* {_code(name)}: {_code(before)} → {_code(now)}')
    if lines:
        yield from ('', f'## {kind}', '', *lines)


def _payloads(
    old: catalogues.Catalogue, new: catalogues.Catalogue
) -> Iterator[str]:
    for name in sorted(old.payloads.keys() | new.payloads.keys()):
        before = old.payloads.get(name, _NO_PAYLOAD)
        now = new.payloads.get(name, _NO_PAYLOAD)
        if now.current is None:
            if before.current is not None:
                yield from ('', f'## {_code(name)} is gone')
            continue
        for version in sorted(now.versions, key=catalogues.order):
            yield from _version(name, version, before, now, (old, new))


def _version(
    name: str,
    version: str,
    before: catalogues.Payload,
    now: catalogues.Payload,
    both: tuple[catalogues.Catalogue, catalogues.Catalogue],
) -> Iterator[str]:
    schema, old = now.versions[version], before.versions.get(version)
    if old is not None and lineage.is_same(old, schema):
        return
    title = f'## {_code(name)} {version}'
    if old is None:
        older = lineage.lineage(version, {**before.versions, **now.versions})
        if not older:
            yield from ('', f'{title} is new', '')
            yield from _fields(schema.fields)
            return
        old = now.versions.get(older[-1]) or before.versions[older[-1]]
        title = f'## {_code(name)} {older[-1]} → {version}'
    changes = comparison.differences(
        old, schema, both[0].payloads.get, both[1].payloads.get
    )
    if before.current is not None and version == now.current:
        changes += filter(None, [deltas.prefix_change(before, now)])
    yield from ('', title, '')
    yield from _table(changes) if changes else ['No field changed.']


def _fields(fields: Mapping[str, str]) -> Iterator[str]:
    yield from ('| field | type |', '| --- | --- |')
    for name, text in sorted(fields.items()):
        found = types.parse(text)
        presence = ', may be absent' * found.optional
        yield f'| {_code(name)} | {_code(found.words)}{presence} |'


def _table(changes: list[deltas.Change]) -> Iterator[str]:
    yield from _HEAD
    for change in changes:
        forward, backward = deltas.DIRECTIONS[change.what]
        cells = (
            _code(change.field),
            change.what.value,
            _code(change.old),
            _code(change.new),
            forward.value,
            backward.value,
        )
        yield f'| {" | ".join(cells)} |'


def _legacy(
    old: Mapping[str, catalogues.Fields], new: Mapping[str, catalogues.Fields]
) -> Iterator[str]:
    for name in sorted(old.keys() | new.keys()):
        before, now = old.get(name), new.get(name)
        title = f'## Legacy event {_code(name)}'
        if now is None:
            yield from ('', f'{title} is gone')
        elif before is None:
            yield from ('', f'{title} is new', '', *_fields(now))
        elif before != now:
            changes = [
                *legacy.changes(before, now),
                *(
                    deltas.Change(
                        deltas.What.ADDED, field, '', types.words(now[field])
                    )
                    for field in sorted(now.keys() - before.keys())
                ),
            ]
            if changes:
                yield from ('', title, '', *_table(changes))
