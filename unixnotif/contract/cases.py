# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Cases for the rules, from a catalogue and the recorded one.

Rule: an unchanged version is not a case. A new version is compared with every
recorded version of the same major version. A field that has not changed since
the previous version is not compared again.
"""

from collections.abc import Iterator
import dataclasses

from unixnotif.contract import catalogues
from unixnotif.contract import deltas
from unixnotif.contract import legacy
from unixnotif.contract import lineage
from unixnotif.contract import pairs
from unixnotif.contract import renames
from unixnotif.contract.rules import case_kinds
from unixnotif.contract.rules.case_kinds import Relation

_NO_PAYLOAD = catalogues.Payload('')


class Cases:
    """The cases of two catalogues."""

    def __init__(
        self,
        new: catalogues.Catalogue,
        base: catalogues.Catalogue,
        strict_merge: bool,
        require_coverage: bool = False,
        kept: bool = False,
    ) -> None:
        self._new = new
        self._base = base
        self._pairs = pairs.Pairs(new, base)
        self._strict = strict_merge
        self._kept = kept
        self._names = renames.payloads(base, new)
        self._root_names = renames.roots(base, new, self._names)
        #: Old and new names of payloads of one event that were compared.
        self._carried: set[tuple[str, str]] = set()
        schemas = [
            schema
            for payload in new.payloads.values()
            for schema in payload.versions.values()
        ]
        # The catalogue of one run has neither classes nor released versions;
        # the catalogue that a project keeps has at least one of them.
        self._is_partial = all(
            schema.declared is None and schema.status == catalogues.PENDING
            for schema in schemas
        )
        # A catalogue that is recorded from one source has no released version.
        self._keeps_releases = any(
            schema.status == catalogues.RELEASED for schema in schemas
        )
        # Without observations, check the coverage only if the caller
        # requires it.
        self._covers = require_coverage or any(
            schema.observed is not None for schema in schemas
        )

    def __iter__(self) -> Iterator[case_kinds.Case]:
        """Yield all cases; the nearest versions come first."""
        for name, payload in self._new.payloads.items():
            before = self._base.payloads.get(name, _NO_PAYLOAD)
            yield from self._prefix(name, payload, before)
            yield from self._versions(name, payload, before)
            yield from self._succession(name, payload, before)
            yield from self._coverage(name, payload)
        yield from self._events(self._base.events, self._new.events, 'event')
        yield from self._events(
            self._base.roots, self._new.roots, 'notification class'
        )
        for name, payload in self._base.payloads.items():
            yield from self._retracted(name, payload)
            yield from self._gone_payload(name, payload)
        yield from self._legacy()

    def _legacy(self) -> Iterator[case_kinds.Case]:
        """Yield the legacy events that changed, appeared or are gone."""
        yield from unversioned(self._new, self._base)
        for name, before in self._base.legacy.items():
            now = self._new.legacy.get(name)
            if now is None:
                if self._new.legacy:
                    yield case_kinds.Gone(name, '', case_kinds.LEGACY, False)
            elif now != before:
                changes = list(legacy.changes(before, now))
                yield case_kinds.Legacy(name, changes)

    def _retracted(
        self, name: str, before: catalogues.Payload
    ) -> Iterator[case_kinds.Case]:
        """Yield the released versions that are missing or pending now."""
        now = self._new.payloads.get(name, _NO_PAYLOAD)
        # The catalogue of one source has no older versions.
        is_same = before.versions.keys() & now.versions.keys()
        if not self._kept and not (self._keeps_releases and is_same):
            return
        for version, schema in before.versions.items():
            found = now.versions.get(version)
            if schema.status != catalogues.RELEASED:
                continue
            if found is None:
                is_lost = not lineage.is_elsewhere(version, now.current)
            else:
                is_lost = found.status != catalogues.RELEASED
            if is_lost:
                yield case_kinds.Retracted(name, version, found is None)

    def _prefix(
        self, name: str, now: catalogues.Payload, before: catalogues.Payload
    ) -> Iterator[case_kinds.Case]:
        """Yield the change of a prefix, whatever versions are recorded."""
        old, new = before.current, now.current
        change = deltas.prefix_change(before, now)
        if change is None or old is None or new is None:
            return
        major = lineage.major(new)
        is_same = lineage.major(old) == major
        is_risen = not is_same and lineage.major(old) < major
        pending = not self._strict and all(
            schema.status == catalogues.PENDING
            for text, schema in before.versions.items()
            if lineage.major(text) == major
        )
        yield case_kinds.Pair(
            name,
            old,
            new,
            before.versions[old],
            now.versions[new],
            Relation.MAJOR if is_risen else Relation.MINOR,
            [change],
            adjacent=False,
            pending=pending and is_same,
        )

    def _versions(
        self, name: str, now: catalogues.Payload, before: catalogues.Payload
    ) -> Iterator[case_kinds.Case]:
        fresh = [
            version
            for version, schema in now.versions.items()
            if not lineage.is_same(before.versions.get(version), schema)
        ]
        if not fresh:
            return
        recorded = {**before.versions, **now.versions}
        for version in sorted(fresh, key=catalogues.order):
            schema, old = now.versions[version], before.versions.get(version)
            if old is None:
                yield case_kinds.Named(name, '', version)
            else:
                pending = old.status == catalogues.PENDING and not self._strict
                same = self._pairs.pair(
                    name, (version, old), (version, schema), Relation.SAME
                )
                yield dataclasses.replace(
                    same,
                    pending=pending,
                    current=before.current in (None, version),
                    moved_to=_moved_to(version, now),
                )
                if not pending:
                    continue  # the pair above judges the changed schema
            for pair in self._pairs.lineage(name, version, schema, recorded):
                if old is not None:
                    pair = self._pairs.as_recorded(pair, old)  # noqa: PLW2901
                yield self._pairs.with_prefix(pair, before, now)

    def _succession(
        self, name: str, now: catalogues.Payload, before: catalogues.Payload
    ) -> Iterator[case_kinds.Case]:
        if now.current is None or before.current is None:
            return
        schema = now.versions[now.current]
        yield case_kinds.Succession(
            name, before.current, now.current, self._pairs.nested(schema)
        )

    def _coverage(
        self, name: str, payload: catalogues.Payload
    ) -> Iterator[case_kinds.Case]:
        if self._covers:
            for version, schema in payload.versions.items():
                is_current = version == payload.current
                if is_current or len(schema.source) > 1:
                    yield case_kinds.Coverage(
                        name, version, schema, is_current
                    )

    def _gone_payload(
        self, name: str, before: catalogues.Payload
    ) -> Iterator[case_kinds.Case]:
        now = self._new.payloads.get(name)
        if before.current is None or (now and now.current is not None):
            return
        if name in self._names:
            yield from self._renamed(name, before, self._names[name])
            return
        declared = before.versions[before.current].declared is not None
        known = now is not None or _declares(self._new, name)
        yield case_kinds.Gone(
            name, before.current, 'payload', declared and known
        )

    def _renamed(
        self, name: str, before: catalogues.Payload, new_name: str
    ) -> Iterator[case_kinds.Case]:
        """Yield the new name, and the comparison of the two payloads."""
        now = self._new.payloads[new_name]
        old, new = before.current or '', now.current or ''
        yield case_kinds.Renamed(name, old, new, new_name, 'payload')
        # A nested payload was compared with its outer payload, but its version
        # was not judged.
        is_nested = (name, new_name) in self._pairs.renamed and old != new
        if not is_nested and (name, new_name) not in self._carried:
            yield from self._between(new_name, (name, old), (new_name, new))

    def _events(
        self,
        base: dict[str, catalogues.Carried],
        new: dict[str, catalogues.Carried],
        kind: str,
    ) -> Iterator[case_kinds.Case]:
        is_class = base is self._base.roots
        # For these events, the loss of the version is another case.
        legacy_only = self._new.legacy.keys() - self._base.legacy.keys()
        for name, carried in base.items():
            if name in new:
                yield from self._event(name, carried, new[name][-1:], is_class)
            elif is_class and name in self._root_names:
                renamed = self._root_names[name]
                versions = carried[-1][1], new[renamed][-1][1]
                yield case_kinds.Renamed(name, *versions, renamed, kind)
                yield from self._event(
                    name, carried, new[renamed][-1:], is_class
                )
            elif new and carried and name not in legacy_only:
                yield case_kinds.Gone(
                    name,
                    carried[-1][1],
                    kind,
                    is_class,
                    is_partial=self._is_partial and not is_class,
                )

    def _event(
        self,
        name: str,
        before: catalogues.Carried,
        last: catalogues.Carried,
        is_class: bool,
    ) -> Iterator[case_kinds.Case]:
        if not before or not last or last[0] == before[-1]:
            return
        (old, old_version), (new, version) = before[-1], last[0]
        if new == old:
            return  # _versions() compares the versions of one payload
        if not is_class and new in {payload for payload, _ in before}:
            return  # a capture may be of an older host
        yield case_kinds.Event(name, old, new, old_version, version)
        self._carried.add((old, new))
        yield from self._between(name, (old, old_version), (new, version))

    def _between(
        self, subject: str, old: tuple[str, str], new: tuple[str, str]
    ) -> Iterator[case_kinds.Case]:
        """Yield the comparison of two payloads of one major version.

        A renamed class with the same version must have the same schema.
        """
        schemas = self._base.schema(*old), self._new.schema(*new)
        is_same = self._names.get(old[0]) == new[0] and old[1] == new[1]
        same_major = lineage.major(old[1]) == lineage.major(new[1])
        if schemas[0] and schemas[1] and same_major:
            pair = self._pairs.pair(
                new[0] if is_same else subject,
                (old[1], schemas[0]),
                (new[1], schemas[1]),
                Relation.SAME if is_same else Relation.MINOR,
                adjacent=False,
            )
            if is_same and not self._strict:
                is_pending = schemas[0].status == catalogues.PENDING
                pair = dataclasses.replace(pair, pending=is_pending)
            changed = deltas.prefix_change(
                self._base.payloads[old[0]], self._new.payloads[new[0]]
            )
            if changed:
                pair.changes.append(changed)
            yield pair


def unversioned(
    run: catalogues.Catalogue, base: catalogues.Catalogue
) -> Iterator[case_kinds.Unversioned]:
    """Yield the events that lost their version in a run.

    Some services emit both kinds of payload with one event_type, for example
    nova. A merged catalogue has both kinds, too, so it shows no lost version.

    :param run: what one run emitted
    :param base: the recorded catalogue
    """
    for name in run.legacy.keys() - base.legacy.keys() - run.events.keys():
        if carried := base.events.get(name):
            yield case_kinds.Unversioned(name, *carried[-1])


def _moved_to(version: str, now: catalogues.Payload) -> str:
    """Return the version of the class if it is above this one; else ''."""
    current = now.current
    if current is None or not now.is_declared:
        return ''
    is_above = catalogues.order(current) > catalogues.order(version)
    return current if is_above else ''


def _declares(catalogue: catalogues.Catalogue, name: str) -> bool:
    """Return True if classes of the same namespace are known."""
    namespace = name.partition(':')[0]
    return any(
        other.partition(':')[0] == namespace and payload.is_declared
        for other, payload in catalogue.payloads.items()
    )
