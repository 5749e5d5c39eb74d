# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Recognition of renamed payload classes and notification classes.

Rule: pure functions. A new class is a renamed class if it has the namespace,
and most of the fields, of a class that is missing now.
"""

from collections.abc import Iterator
import difflib

from unixnotif.contract import catalogues

#: The score of two classes with the same fields is 0.7 or higher.
_THRESHOLD = 0.55
_FIELDS, _NAME = 0.7, 0.3


def payloads(
    old: catalogues.Catalogue, new: catalogues.Catalogue
) -> dict[str, str]:
    """Return the new names of payloads by the old ones."""
    gone = [
        name
        for name, payload in old.payloads.items()
        if payload.current is not None and not _is_current(new, name)
    ]
    fresh = [
        name
        for name in new.payloads
        if name not in old.payloads and _is_current(new, name)
    ]
    scored = sorted(
        (
            (_similarity(old, one, new, other), one, other)
            for one in gone
            for other in fresh
            if _namespace(one) == _namespace(other)
        ),
        key=lambda found: (-found[0], found[1:]),
    )
    return dict(_best(scored))


def _best(scored: list[tuple[float, str, str]]) -> Iterator[tuple[str, str]]:
    """Yield the best pairs, in which each name occurs once."""
    done: set[str] = set()
    for score, one, other in scored:
        if score >= _THRESHOLD and not done & {one, other}:
            done |= {one, other}
            yield one, other


def roots(
    old: catalogues.Catalogue,
    new: catalogues.Catalogue,
    names: dict[str, str],
) -> dict[str, str]:
    """Return the new names of notification classes by the old ones.

    :param names: new names of payloads by the old ones
    """
    fresh = [
        name
        for name, carried in new.roots.items()
        if carried and name not in old.roots
    ]
    scored = []
    for name, carried in old.roots.items():
        if not carried or name in new.roots:
            continue
        payload = carried[-1][0]
        for other in fresh:
            found = new.roots[other][-1][0]
            if found == names.get(payload):
                scored.append((1.0, name, other))
            elif found == payload:
                scored.append((_ratio(_stem(name), _stem(other)), name, other))
    return dict(_best(sorted(scored, key=lambda one: (-one[0], one[1:]))))


def _stem(name: str) -> str:
    return name.removesuffix('Notification').rpartition(':')[2]


def _ratio(one: str, other: str) -> float:
    return difflib.SequenceMatcher(None, one, other, autojunk=False).ratio()


def _is_current(catalogue: catalogues.Catalogue, name: str) -> bool:
    payload = catalogue.payloads.get(name)
    return payload is not None and payload.current is not None


def _namespace(name: str) -> str:
    return name.partition(':')[0]


def _similarity(
    old: catalogues.Catalogue, one: str, new: catalogues.Catalogue, other: str
) -> float:
    fields = [
        set(schema.fields.items())
        for schema in (old.payloads[one].schema, new.payloads[other].schema)
        if schema is not None
    ]
    total = sum(map(len, fields))
    common = len(set.intersection(*fields)) if len(fields) > 1 else 0
    if not common:
        return 0
    return _FIELDS * 2 * common / total + _NAME * _ratio(one, other)
