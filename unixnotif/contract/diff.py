# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Differences between two catalogues, for people.

Rule: show every difference, even if no rule judges it.
"""

from collections.abc import Iterator
from collections.abc import Mapping

from unixnotif.contract import catalogues
from unixnotif.contract import lineage

_NO_PAYLOAD = catalogues.Payload('')


def diff(old: catalogues.Catalogue, new: catalogues.Catalogue) -> list[str]:
    """Return lines; a new version is compared with the previous one."""
    return [
        *_carried('event', old.events, new.events),
        *_carried('notification class', old.roots, new.roots),
        *_payloads(old, new),
        *_legacy(old.legacy, new.legacy),
    ]


def _carried(
    kind: str,
    old: Mapping[str, catalogues.Carried],
    new: Mapping[str, catalogues.Carried],
) -> Iterator[str]:
    for name in sorted(old.keys() | new.keys()):
        before, now = (
            ' '.join(each[name][-1]) if each.get(name) else ''
            for each in (old, new)
        )
        if before != now:
            yield _line(f'{kind} {name}', before, now)


def _line(name: str, before: str, now: str) -> str:
    if not before:
        return f'+ {name}: {now}'
    if not now:
        return f'- {name}: {before}'
    return f'~ {name}: {before} -> {now}'


def _payloads(
    old: catalogues.Catalogue, new: catalogues.Catalogue
) -> Iterator[str]:
    for name in sorted(old.payloads.keys() | new.payloads.keys()):
        before = old.payloads.get(name, _NO_PAYLOAD)
        now = new.payloads.get(name, _NO_PAYLOAD)
        if before == now:
            continue
        if before.current != now.current:
            yield _line(
                f'payload {name}', before.current or '', now.current or ''
            )
        else:
            yield f'~ payload {name}'
        if before.prefix and now.prefix and before.prefix != now.prefix:
            yield f'  {_line("prefix", before.prefix, now.prefix)}'
        if before.versions and now.versions and before.origin != now.origin:
            yield f'  {_line("class", before.origin, now.origin)}'
        versions = before.versions.keys() | now.versions.keys()
        for version in sorted(versions, key=catalogues.order):
            yield from _version(version, before.versions, now.versions)


def _legacy(
    old: Mapping[str, catalogues.Fields], new: Mapping[str, catalogues.Fields]
) -> Iterator[str]:
    for name in sorted(old.keys() | new.keys()):
        before, now = old.get(name), new.get(name)
        if before == now:
            continue
        sign = '+' if before is None else '-' if now is None else '~'
        yield f'{sign} legacy event {name}'
        if now is not None:
            yield from (f'  {line}' for line in _fields('', before or {}, now))


def _version(
    version: str,
    before: Mapping[str, catalogues.Schema],
    now: Mapping[str, catalogues.Schema],
) -> Iterator[str]:
    old, new = before.get(version), now.get(version)
    if old == new:
        return
    if new is None:
        yield f'  - version {version}'
        return
    if old is not None:
        yield f'  ~ version {version}'
    else:
        older = lineage.lineage(version, {**before, **now})
        base = f', compared with {older[-1]}' if older else ''
        yield f'  + version {version}{base}'
        if older:
            old = now.get(older[-1]) or before[older[-1]]
    yield from (f'    {line}' for line in _schemas(old, new))


def _schemas(
    old: catalogues.Schema | None, new: catalogues.Schema
) -> Iterator[str]:
    old = old or catalogues.Schema(status=new.status)
    if old.status != new.status:
        yield _line('status', old.status, new.status)
    yield from _fields('', old.fields, new.fields)
    if len(new.source) > 1 or len(old.source) > 1:
        yield from _fields('observed ', old.observed or {}, new.observed or {})
    for kind in ('enums', 'formats', 'inherited'):
        before, now = getattr(old, kind), getattr(new, kind)
        texts = [
            {
                name: value if isinstance(value, str) else ', '.join(value)
                for name, value in each.items()
            }
            for each in (before, now)
        ]
        yield from _fields(f'{kind.removesuffix("s")} ', *texts)


def _fields(
    kind: str, old: Mapping[str, str], new: Mapping[str, str]
) -> Iterator[str]:
    for name in sorted(old.keys() | new.keys()):
        if old.get(name) != new.get(name):
            yield _line(f'{kind}{name}', old.get(name, ''), new.get(name, ''))
