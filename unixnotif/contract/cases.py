#    Licensed under the Apache License, Version 2.0 (the "License"); you may
#    not use this file except in compliance with the License. You may obtain
#    a copy of the License at
#
#         http://www.apache.org/licenses/LICENSE-2.0
#
#    Unless required by applicable law or agreed to in writing, software
#    distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
#    WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
#    License for the specific language governing permissions and limitations
#    under the License.

"""What there is to judge in a catalogue, beside the one that was recorded.

Rule: what is as it was recorded is no case. A version that is new meets every
recorded version of its major; what it only took over from the one before it
was judged there.
"""

from collections.abc import Iterator
import dataclasses
import itertools

from unixnotif import versioned
from unixnotif.contract import catalogue as catalogues
from unixnotif.contract import comparing
from unixnotif.contract import lineage
from unixnotif.contract.rules import registry
from unixnotif.contract.rules.registry import Relation

_NO_PAYLOAD = catalogues.Payload('')


class Cases:
    """The cases of two catalogues."""

    def __init__(
        self,
        new: catalogues.Catalogue,
        base: catalogues.Catalogue,
        strict_merge: bool,
        require_coverage: bool = False,
    ) -> None:
        self._new = new
        self._base = base
        self._strict = strict_merge
        # Without any observation, coverage is a question for those only who
        # have asked it.
        self._covers = require_coverage or any(
            schema.observed is not None
            for payload in new.payloads.values()
            for schema in payload.versions.values()
        )

    def __iter__(self) -> Iterator[registry.Case]:
        """All that there is to judge, the nearest versions first."""
        for name, payload in self._new.payloads.items():
            before = self._base.payloads.get(name, _NO_PAYLOAD)
            yield from self._versions(name, payload, before)
            yield from self._succession(name, payload, before)
            yield from self._coverage(name, payload)
        for name, payload in self._base.payloads.items():
            yield from self._gone_payload(name, payload)
        yield from self._events(self._base.events, self._new.events, 'event')
        yield from self._events(
            self._base.roots, self._new.roots, 'notification class'
        )

    def _versions(
        self, name: str, now: catalogues.Payload, before: catalogues.Payload
    ) -> Iterator[registry.Case]:
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
                yield registry.Named(name, '', version)
            else:
                pending = old.status == catalogues.PENDING and not self._strict
                same = self._pair(
                    name, (version, old), (version, schema), Relation.SAME
                )
                yield dataclasses.replace(
                    same,
                    pending=pending,
                    current=before.current in (None, version),
                    moved_to=_moved_to(version, now),
                )
                if old.status != catalogues.PENDING:
                    continue  # judged as what it is: another schema
            yield from self._lineage(name, version, schema, recorded)

    def _lineage(
        self,
        name: str,
        version: str,
        schema: catalogues.Schema,
        recorded: dict[str, catalogues.Schema],
    ) -> Iterator[registry.Case]:
        older = [
            (text, recorded[text])
            for text in lineage.lineage(version, recorded)
        ]
        now = (version, schema)
        if not older:
            return
        if lineage.major(older[-1][0]) != lineage.major(version):
            yield self._pair(name, older[-1], now, Relation.MAJOR)
            return
        nearest = self._pair(name, older[-1], now, Relation.MINOR)
        yield nearest
        # What a class declared may say more than what was observed since.
        near = [older[-1]]
        if schema.declared is not None and older[-1][1].declared is None:
            near += [each for each in older if each[1].declared is not None][
                -1:
            ]
        touched = itertools.chain.from_iterable(
            comparing.touched(each[1], schema) for each in near
        )
        # What was observed may be further back than what was declared.
        seen = [each for each in older if each[1].observed is not None][-1:]
        absent = itertools.chain.from_iterable(
            comparing.presence(each[1], schema) for each in seen
        )
        # What is removed is removed, whatever it was before.
        removed = nearest.those(comparing.What.REMOVED)
        only = frozenset(touched) | {change.field for change in absent}
        only -= {change.field for change in removed}
        for each in reversed(older[:-1] if only else []):
            pair = self._pair(
                name, each, now, Relation.MINOR, only=only, adjacent=False
            )
            if pair.changes:
                yield pair

    def _pair(
        self,
        subject: str,
        old: tuple[str, catalogues.Schema],
        new: tuple[str, catalogues.Schema],
        relation: Relation,
        *,
        only: frozenset[str] | None = None,
        adjacent: bool = True,
    ) -> registry.Pair:
        changes = comparing.differences(
            old[1],
            new[1],
            lambda name: _schema(self._base, name) or _schema(self._new, name),
            lambda name: _schema(self._new, name),
            only,
        )
        return registry.Pair(
            subject,
            old[0],
            new[0],
            old[1],
            new[1],
            relation,
            changes,
            adjacent,
            explained=not changes and self._is_explained(old[1], new[1]),
        )

    def _is_explained(
        self, old: catalogues.Schema, new: catalogues.Schema
    ) -> bool:
        """Whether a version may have risen although nothing changed.

        A nested payload did, or more is known now than was before.
        """
        return bool(comparing.touched(old, new) or self._nested(new))

    def _nested(self, schema: catalogues.Schema) -> list[registry.Nested]:
        """Nested payloads of which the current version is another."""
        found = []
        for reference in sorted(schema.references):
            old = self._base.payloads.get(reference, _NO_PAYLOAD).current
            new = self._new.payloads.get(reference, _NO_PAYLOAD).current
            if old and new and old != new:
                field = next(
                    name
                    for name, text in sorted(schema.fields.items())
                    if f'<{reference}>' in text
                )
                versions = map(versioned.parse_version, (old, new))
                found.append(registry.Nested(reference, field, *versions))
        return found

    def _succession(
        self, name: str, now: catalogues.Payload, before: catalogues.Payload
    ) -> Iterator[registry.Case]:
        if now.current is None or before.current is None:
            return
        schema = now.versions[now.current]
        yield registry.Succession(
            name, before.current, now.current, self._nested(schema)
        )

    def _coverage(
        self, name: str, payload: catalogues.Payload
    ) -> Iterator[registry.Case]:
        if self._covers:
            for version, schema in payload.versions.items():
                is_current = version == payload.current
                if is_current or len(schema.source) > 1:
                    yield registry.Coverage(name, version, schema, is_current)

    def _gone_payload(
        self, name: str, before: catalogues.Payload
    ) -> Iterator[registry.Case]:
        now = self._new.payloads.get(name)
        if before.current is None or (now and now.current is not None):
            return
        declared = before.versions[before.current].declared is not None
        known = now is not None or _declares(self._new, name)
        yield registry.Gone(
            name, before.current, 'payload', declared and known
        )

    def _events(
        self,
        base: dict[str, catalogues.Carried],
        new: dict[str, catalogues.Carried],
        kind: str,
    ) -> Iterator[registry.Case]:
        is_class = base is self._base.roots
        for name, carried in base.items():
            if name in new:
                yield from self._event(name, carried, new[name][-1:], is_class)
            elif new and carried:
                yield registry.Gone(name, carried[-1][1], kind, is_class)

    def _event(
        self,
        name: str,
        before: catalogues.Carried,
        last: catalogues.Carried,
        is_class: bool,
    ) -> Iterator[registry.Case]:
        if not before or not last or last[0] == before[-1]:
            return
        (old, old_version), (new, version) = before[-1], last[0]
        if new == old:
            return  # the versions of one payload were judged as its own
        if not is_class and new in {payload for payload, _ in before}:
            return  # a capture may be of an older host
        yield registry.Event(name, old, new, old_version, version)
        schemas = (
            self._base.schema(old, old_version),
            self._new.schema(new, version),
        )
        same_major = lineage.major(old_version) == lineage.major(version)
        if schemas[0] and schemas[1] and same_major:
            yield self._pair(
                name,
                (old_version, schemas[0]),
                (version, schemas[1]),
                Relation.MINOR,
                adjacent=False,
            )


def _moved_to(version: str, now: catalogues.Payload) -> str:
    """The version above this one that a class has meanwhile; '' if none."""
    current = now.current
    if current is None or not now.is_declared:
        return ''
    is_above = catalogues.order(current) > catalogues.order(version)
    return current if is_above else ''


def _schema(
    catalogue: catalogues.Catalogue, name: str
) -> catalogues.Schema | None:
    payload = catalogue.payloads.get(name)
    return payload.schema if payload else None


def _declares(catalogue: catalogues.Catalogue, name: str) -> bool:
    """Whether classes of the same namespace are known."""
    namespace = name.partition(':')[0]
    return any(
        other.partition(':')[0] == namespace and payload.is_declared
        for other, payload in catalogue.payloads.items()
    )
