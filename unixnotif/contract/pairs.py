# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Pairs of versions to compare, with their differences.

Rule: a version is compared with every recorded version of its major version.
A field that has not changed since the previous version is not compared again.
"""

from collections.abc import Iterator
import dataclasses
import itertools

from unixnotif import versioned
from unixnotif.contract import catalogues
from unixnotif.contract import comparison
from unixnotif.contract import deltas
from unixnotif.contract import lineage
from unixnotif.contract.rules import case_kinds
from unixnotif.contract.rules.case_kinds import Relation

_NO_PAYLOAD = catalogues.Payload('')


class Pairs:
    """Pairs of two catalogues."""

    def __init__(
        self, new: catalogues.Catalogue, base: catalogues.Catalogue
    ) -> None:
        self._new = new
        self._base = base
        #: Old and new names of nested payloads that were compared.
        self.renamed: set[tuple[str, str]] = set()

    def pair(
        self,
        subject: str,
        old: tuple[str, catalogues.Schema],
        new: tuple[str, catalogues.Schema],
        relation: Relation,
        *,
        only: frozenset[str] | None = None,
        adjacent: bool = True,
    ) -> case_kinds.Pair:
        changes = comparison.differences(
            old[1],
            new[1],
            lambda name: (
                self._base.payloads.get(name) or self._new.payloads.get(name)
            ),
            self._new.payloads.get,
            only,
        )
        self.renamed.update(
            (change.old, change.new)
            for change in changes
            if change.what is deltas.What.RENAMED
        )
        return case_kinds.Pair(
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
        """Return True if a version may rise although no field changed.

        The reason is a nested payload with another version, or a difference
        between the schemas that is not in the list of changes.
        """
        return bool(comparison.touched(old, new) or self.nested(new))

    def nested(self, schema: catalogues.Schema) -> list[case_kinds.Nested]:
        """Return the nested payloads whose current version changed."""
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
                found.append(case_kinds.Nested(reference, field, *versions))
        return found

    def lineage(
        self,
        name: str,
        version: str,
        schema: catalogues.Schema,
        recorded: dict[str, catalogues.Schema],
    ) -> Iterator[case_kinds.Pair]:
        older = [
            (text, recorded[text])
            for text in lineage.lineage(version, recorded)
        ]
        now = (version, schema)
        if not older:
            return
        if lineage.major(older[-1][0]) != lineage.major(version):
            yield self.pair(name, older[-1], now, Relation.MAJOR)
            return
        nearest = self.pair(name, older[-1], now, Relation.MINOR)
        yield nearest
        # An older declared schema may have more than a newer observed one.
        near = [older[-1]]
        if schema.declared is not None and older[-1][1].declared is None:
            near += [each for each in older if each[1].declared is not None][
                -1:
            ]
        touched = itertools.chain.from_iterable(
            comparison.touched(each[1], schema) for each in near
        )
        # The last observed schema may be older than the last declared one.
        seen = [each for each in older if each[1].observed is not None][-1:]
        absent = itertools.chain.from_iterable(
            comparison.presence(each[1], schema) for each in seen
        )
        # Report a removed field once, not for each older version.
        removed = nearest.of_kinds(deltas.What.REMOVED)
        only = frozenset(touched) | {change.field for change in absent}
        only -= {change.field for change in removed}
        for each in reversed(older[:-1] if only else []):
            pair = self.pair(
                name, each, now, Relation.MINOR, only=only, adjacent=False
            )
            if pair.changes:
                yield pair

    def with_prefix(
        self,
        pair: case_kinds.Pair,
        before: catalogues.Payload,
        now: catalogues.Payload,
    ) -> case_kinds.Pair:
        """Return the pair; a changed prefix explains a new version."""
        changed = before.versions and deltas.prefix_change(before, now)
        if not changed:
            return pair
        # Within one major version, a separate case judges the prefix.
        is_major = pair.relation is Relation.MAJOR
        changes = [*pair.changes, changed] if is_major else pair.changes
        return dataclasses.replace(pair, changes=changes, explained=True)

    def as_recorded(
        self, pair: case_kinds.Pair, old: catalogues.Schema
    ) -> case_kinds.Pair:
        """Return the pair; add the pair with the recorded schema."""
        older = pair.old, pair.old_schema
        before = self.pair(
            pair.subject,
            older,
            (pair.new, old),
            pair.relation,
            adjacent=pair.adjacent,
        )
        return dataclasses.replace(pair, recorded=before)
