# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Merger of the recorded catalogue and the catalogue of a new run.

Rule: pure functions; a merge keeps every recorded version of a payload.
"""

from collections.abc import Collection
import dataclasses

from unixnotif.contract import catalogues
from unixnotif.contract import legacy
from unixnotif.contract import module_names
from unixnotif.contract import types


def merge(
    old: catalogues.Catalogue,
    new: catalogues.Catalogue,
    complete: frozenset[str] = frozenset(),
    package: str = '',
    existing: Collection[str] = (),
) -> catalogues.Catalogue:
    """Return a catalogue with the recorded entries and those of a new run.

    :param old: the recorded catalogue
    :param new: the catalogue of the new run
    :param complete: namespaces of which the run knows every class. The result
        has a notification class of these namespaces only if the run found it.
        If the run did not find the class of a payload, the payload keeps its
        versions, but has no current version.
    :param package: package of which the run knows every class, for example
        ``nova.notifications``; the same applies to its recorded classes, whose
        namespace may be gone
    :param existing: names of classes of the package; a notification class of
        another package may refer to them
    """
    missed = {
        name
        for name, payload in old.payloads.items()
        if name not in new.payloads
        and (
            _namespace(name) in complete
            or (_is_of(payload, package) and name not in existing)
        )
    }
    roots = {
        name: carried
        for name, carried in old.roots.items()
        if name in new.roots
        or not (_namespace(name) in complete or _is_lost(carried, missed))
    }
    payloads = {}
    for name in old.payloads.keys() | new.payloads.keys():
        before, found = old.payloads.get(name), new.payloads.get(name)
        if before is None or found is None:
            one = found or before or catalogues.Payload('')
            if name in missed and one.is_declared:
                one = dataclasses.replace(one, current=None)
            payloads[name] = one
        else:
            payloads[name] = _merge_payloads(before, found)
    return catalogues.Catalogue(
        _merge_carried(old.events, new.events),
        _merge_carried(roots, new.roots),
        payloads,
        _merge_legacy(old.legacy, new.legacy),
    )


def _namespace(payload: str) -> str:
    return payload.partition(':')[0]


def _is_of(payload: catalogues.Payload, package: str) -> bool:
    """Return True if the class of a payload was recorded in a package."""
    module = (payload.origin or '').partition(':')[0]
    return bool(package) and module_names.is_below(module, package)


def _is_lost(carried: catalogues.Carried, missed: Collection[str]) -> bool:
    return bool(carried) and carried[-1][0] in missed


def _merge_carried(
    old: dict[str, catalogues.Carried], new: dict[str, catalogues.Carried]
) -> dict[str, catalogues.Carried]:
    merged = dict(old)
    for name, now in new.items():
        before = [pair for pair in old.get(name, ()) if pair not in now]
        merged[name] = (*before, *now)
    return merged


def _merge_legacy(
    old: dict[str, catalogues.Fields], new: dict[str, catalogues.Fields]
) -> dict[str, catalogues.Fields]:
    merged = {**old, **new}
    for name in old.keys() & new.keys():
        merged[name] = legacy.merge(old[name], new[name])
    return merged


def _merge_payloads(
    old: catalogues.Payload, new: catalogues.Payload
) -> catalogues.Payload:
    versions = dict(old.versions)
    for version, schema in new.versions.items():
        before = versions.get(version)
        versions[version] = (
            _merge_schemas(before, schema) if before else schema
        )
    # Hosts of several releases may run together, and a run may see only the
    # older ones: an observation never lowers the current version. A class has
    # one version.
    is_older = catalogues.order(new.current or '') < catalogues.order(
        old.current or ''
    )
    keep = not new.is_declared and (old.is_declared or is_older)
    if old.current is None:
        keep = False
    return catalogues.Payload(
        old.prefix if keep and is_older else new.prefix,
        old.current if keep else new.current,
        versions,
        new.origin or old.origin,
    )


def _merge_schemas(
    old: catalogues.Schema, new: catalogues.Schema
) -> catalogues.Schema:
    latest = old if new.declared is None else new
    return catalogues.Schema(
        old.status,
        old.release,
        latest.declared,
        merge_observed(_still_sent(old, new), new.observed),
        latest.enums,
        latest.formats,
        latest.inherited,
    )


def _still_sent(
    old: catalogues.Schema, new: catalogues.Schema
) -> catalogues.Fields | None:
    """Return the observed fields that the class still sends.

    A pending version may be amended. Discard an observation that agrees with
    the recorded class but not with the amended class: the service no longer
    sends it.
    """
    if old.observed is None or old.declared is None or new.declared is None:
        return old.observed
    return {
        field: seen
        for field, seen in old.observed.items()
        if _agrees(new.declared, field, seen)
        or not _agrees(old.declared, field, seen)
    }


def _agrees(declared: catalogues.Fields, field: str, seen: str) -> bool:
    text = declared.get(field)
    return text is not None and (
        types.accepts(types.parse(text), types.parse(seen))
    )


def merge_observed(
    old: catalogues.Fields | None, new: catalogues.Fields | None
) -> catalogues.Fields | None:
    """Merge the fields of two runs; a field of one run may be absent."""
    if old is None or new is None or old == new:
        return new if old is None else old
    merged = {}
    for name in old.keys() | new.keys():
        if name in old and name in new:
            both = types.merge(types.parse(old[name]), types.parse(new[name]))
        else:
            one = types.parse(old.get(name) or new[name])
            both = dataclasses.replace(one, optional=True)
        merged[name] = str(both)
    return merged
