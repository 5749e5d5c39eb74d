# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Requirements of a consumer: versions and fields of payloads.

Rule: the producer raises the minor version for a compatible change, and the
major version for a change that breaks consumers. So a consumer that was
written for 1.3 reads 1.3, 1.4, ..., and no other version.
"""

from collections.abc import Mapping
import dataclasses
import enum
import fnmatch

from unixnotif import errors
from unixnotif import versioned
from unixnotif.contract import catalogues
from unixnotif.contract import types


class Verdict(enum.Enum):
    """Relation of a version to the required version.

    From the best to the worst: OK; OLDER (fields may be missing);
    INCOMPATIBLE (another major version); MALFORMED (not a version, or no
    versioned payload).
    """

    OK = 'ok'
    OLDER = 'older'
    INCOMPATIBLE = 'incompatible'
    MALFORMED = 'malformed'


_ORDER = list(Verdict)


class Requires:
    """The payload versions that a consumer requires.

    :param versions: ``'1.3'``, or versions by the path of the payload:
        ``{'': '1.3', 'flavor': '1.2'}``, where ``''`` is the outer payload
    :raises CatalogueError: a version is malformed
    """

    def __init__(self, versions: str | Mapping[str, str]) -> None:
        if not isinstance(versions, Mapping):
            versions = {'': versions}
        if not versions:
            raise errors.CatalogueError('a version such as 1.4 is required')
        self._versions = dict(versions)
        for text in self._versions.values():
            if not _is_version(text):
                raise errors.CatalogueError(
                    f'{text!r} is not a version such as "1.4"'
                )

    def check(self, found: str | versioned.VersionedPayload) -> Verdict:
        """Return the verdict on a version, or the worst verdict on a payload.

        The verdicts on a payload include the required nested payloads. For any
        other value, the verdict is MALFORMED.
        """
        return max(self.verdicts(found).values(), key=_ORDER.index)

    def verdicts(
        self, found: str | versioned.VersionedPayload
    ) -> dict[str, Verdict]:
        """Return the verdicts by path; OK for a payload that is null."""
        verdicts = {}
        for path, required in self._versions.items():
            version = _version(found, path)
            if version is None:
                verdicts[path] = Verdict.OK
            else:
                verdicts[path] = _compare(required, version)
        return verdicts

    def __repr__(self) -> str:
        only = list(self._versions) == ['']
        return f'Requires({self._versions[""] if only else self._versions!r})'


def _version(found: str | versioned.VersionedPayload, path: str) -> str | None:
    if not isinstance(found, versioned.VersionedPayload):
        return found if isinstance(found, str) and not path else ''
    if not path:
        return found.version_text
    try:
        nested = found[path]
    except (KeyError, ValueError):
        return ''
    if nested is None:
        return None
    is_payload = isinstance(nested, versioned.VersionedPayload)
    return nested.version_text if is_payload else ''


def _is_version(text: object) -> bool:
    return isinstance(text, str) and bool(versioned.parse_version(text))


def _compare(required: str, found: str) -> Verdict:
    if not versioned.parse_version(found):
        return Verdict.MALFORMED
    # 1.4.0 is 1.4.
    version, needed = (
        (*versioned.parse_version(text), 0)[:3] for text in (found, required)
    )
    if version[0] != needed[0]:
        return Verdict.INCOMPATIBLE
    return Verdict.OK if version >= needed else Verdict.OLDER


@dataclasses.dataclass(frozen=True, slots=True)
class Problem:
    """A field that a consumer reads, and that may be missing or different."""

    event: str
    path: str
    text: str

    def __str__(self) -> str:
        return f'{self.event}: {self.path} {self.text}'.replace('  ', ' ')


class Reads:
    """The payload fields that a consumer reads.

    :param event_type: a glob such as ``instance.create.*``
    :param fields: types by path; ``[]`` means every item of a list:
        ``{'uuid': 'string', 'ip_addresses[].address': 'string?'}``
    :raises CatalogueError: a type is malformed
    """

    def __init__(self, event_type: str, fields: Mapping[str, str]) -> None:
        self._event_type = event_type
        self._fields = {
            path: types.parse(text) for path, text in fields.items()
        }

    def check(self, catalogue: catalogues.Catalogue) -> list[Problem]:
        """Return the fields that the catalogue does not promise.

        A catalogue of payload classes has no events. For such a catalogue,
        the glob ``event_type`` selects notification classes.
        """
        carried = {**catalogue.roots, **catalogue.events}
        names = [
            name
            for name in sorted(carried)
            if carried[name] and fnmatch.fnmatchcase(name, self._event_type)
        ]
        if not names:
            text = 'no event in the catalogue matches'
            return [Problem(self._event_type, '', text)]
        problems = []
        for name in names:
            payload, version = carried[name][-1]
            schema = catalogue.schema(payload, version)
            for path, wanted in self._fields.items():
                text = _read(catalogue, schema, path, wanted)
                if text:
                    problems.append(Problem(name, path, text))
        return problems

    def __repr__(self) -> str:
        fields = {path: str(wanted) for path, wanted in self._fields.items()}
        return f'Reads({self._event_type!r}, {fields!r})'


def _read(
    catalogue: catalogues.Catalogue,
    schema: catalogues.Schema | None,
    path: str,
    wanted: types.Type,
) -> str:
    """Return why a consumer cannot rely on a path; '' if it can."""
    steps = path.replace('[]', '.[]').split('.')
    found: types.Type | None = None
    for number, step in enumerate(steps):
        if found is not None:
            where = '.'.join(steps[:number]).replace('.[]', '[]')
            if text := _reserve(found, wanted, where):
                return text
        if step == '[]':
            found = _item(found, 'list')
        else:
            if found is not None:
                kind = found.kind('payload')
                payload = catalogue.payloads.get(
                    kind.reference if kind else ''
                )
                schema = payload.schema if payload else None
                if schema is None and found.kind('map'):
                    return ''  # free-form: nobody knows its keys
            found = schema.type_of(step) if schema else None
        if found is None:
            where = '.'.join(steps[:number]).replace('.[]', '[]')
            lack = 'is not a list' if step == '[]' else f'has no field {step}'
            return f'is missing: {where or "the payload"} {lack}'
        if found.is_unknown or found.kind('any'):
            return _reserve(found, wanted, path)
    assert found is not None  # noqa: S101
    if text := _reserve(found, wanted, path):
        return text
    plain = dataclasses.replace(found, nullable=False)
    if not types.accepts(wanted, plain):
        return f'has the type {found.words}, and not {wanted.words}'
    return ''


def _item(found: types.Type | None, container: str) -> types.Type | None:
    kind = found.kind(container) if found else None
    return kind.item if kind else None


def _reserve(found: types.Type, wanted: types.Type, where: str) -> str:
    if found.optional and not wanted.optional:
        return f'may be absent: {where} is an optional field'
    if found.nullable and not wanted.nullable:
        return f'may be null: the type of {where} is {found.words}'
    return ''
