# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Matchers for payloads, versioned and legacy.

Rule: the matched object may be a Notification, a VersionedPayload or a JSON
value; each of these has one payload.
"""

from collections.abc import Iterator
from collections.abc import Mapping
from typing import Any

from testtools import matchers

from unixnotif import notification
from unixnotif import versioned
from unixnotif.matchers import comparison
from unixnotif.matchers import protocol
from unixnotif.matchers import versions

_ATTRIBUTES = {
    'name': 'name',
    'version': 'version_text',
    'namespace': 'namespace',
}


def payload_of(actual: Any) -> Any:
    """Return the VersionedPayload of a matched object, or its JSON value."""
    if isinstance(actual, notification.Notification):
        actual = actual.payload
    return comparison.versioned_in(actual) or actual


class IsVersioned(protocol.Matcher):
    """Matches a versioned payload.

    :param prefix: the prefix that the keys must have, for example
        ``nova_object``; None accepts every prefix
    """

    def __init__(self, prefix: str | None = None) -> None:
        self._prefix = prefix

    def __str__(self) -> str:
        prefix = '' if self._prefix is None else repr(self._prefix)
        return f'IsVersioned({prefix})'

    def match(self, actual: Any) -> matchers.Mismatch | None:
        """Return None if the payload is versioned."""
        payload = payload_of(actual)
        if not isinstance(payload, versioned.VersionedPayload):
            return matchers.Mismatch('the payload is not versioned')
        if self._prefix not in (None, payload.prefix):
            return comparison.described(
                f'{payload}: expected the prefix {self._prefix}, '
                f'got {payload.prefix}'
            )
        return None


class IsLegacy(protocol.Matcher):
    """Matches a payload that is not versioned."""

    def __str__(self) -> str:
        return 'IsLegacy()'

    def match(self, actual: Any) -> matchers.Mismatch | None:
        """Return None if the payload is not versioned."""
        payload = payload_of(actual)
        if isinstance(payload, versioned.VersionedPayload):
            return comparison.described(f'the payload is versioned: {payload}')
        return None


class HasFields(protocol.Matcher):
    """Matches a payload, versioned or legacy, by some of its fields.

    :param by_path: values or matchers by path, for example
        ``{'name': 'server-1', 'flavor.vcpus': 2}``
    :param fields: values or matchers by the name of a top-level field, for
        example ``name='server-1'``
    :raises ValueError: a path is malformed
    """

    def __init__(
        self, by_path: Mapping[str, Any] | None = None, /, **fields: Any
    ) -> None:
        self._fields = {**(by_path or {}), **fields}
        for path in self._fields:
            versioned.parse_path(path)

    def __str__(self) -> str:
        shown = ', '.join(
            f'{path!r}: {comparison.shown(expected)}'
            for path, expected in self._fields.items()
        )
        return f'HasFields({{{shown}}})'

    def match(self, actual: Any) -> matchers.Mismatch | None:
        """Return None if every field matches."""
        payload = payload_of(actual)
        return _mismatch(payload, self.differences(payload))

    def differences(self, payload: Any) -> Iterator[str]:
        """Yield one line, or a few, for each field that differs."""
        for path, expected in self._fields.items():
            try:
                value = versioned.lookup(payload, path)
            except KeyError as e:
                yield str(e.args[0])
            else:
                yield from comparison.differences(expected, value, path)


class HasPayload(protocol.Matcher):
    """Matches a payload by its name, version and some of its fields.

    :param name: of a versioned payload, for example ``FlavorPayload``
    :param version: ``'1.2'``, ``'>=1.0,<2'``, or a matcher such as
        :class:`Compatible`
    :param namespace: of a versioned payload, for example ``nova``
    :param fields: values or matchers by path; for a field of a nested object,
        write ``**{'flavor.vcpus': 2}``. If the payload has a field ``name``,
        ``version`` or ``namespace``, the keyword of this name means the
        field. Otherwise it means the name, version or namespace of the
        versioned payload. An argument by position is never a field.
    :raises ValueError: a path, or a version by position, is malformed
    """

    def __init__(
        self,
        name: Any = None,
        version: Any = None,
        namespace: Any = None,
        /,
        **fields: Any,
    ) -> None:
        self._positional = [name, version, namespace]
        while self._positional and self._positional[-1] is None:
            self._positional.pop()
        self._keywords = fields
        if isinstance(version, str):
            version = versions.HasVersion(version)
        self._identity = {
            key: value
            for key, value in zip(
                _ATTRIBUTES, (name, version, namespace), strict=True
            )
            if value is not None
        }
        self._fields = HasFields(
            {k: v for k, v in fields.items() if k not in _ATTRIBUTES}
        )
        self._either = {
            key: fields[key] for key in _ATTRIBUTES if key in fields
        }

    def __str__(self) -> str:
        return comparison.constructor(
            'HasPayload', self._keywords, self._positional
        )

    def match(self, actual: Any) -> matchers.Mismatch | None:
        """Return None if name, version and every field match."""
        payload = payload_of(actual)
        return _mismatch(payload, self._differences(payload))

    def _differences(self, payload: Any) -> Iterator[str]:
        is_versioned = isinstance(payload, versioned.VersionedPayload)
        if is_versioned:
            for key, expected in self._identity.items():
                yield from _attribute(payload, key, expected)
        elif self._identity:
            yield (
                'the payload is not versioned, so it has no '
                f'{" and no ".join(self._identity)} (to match a field called '
                f'{" or ".join(self._identity)}, pass the field as a keyword '
                'argument)'
            )
            return
        for key, expected in self._either.items():
            if not is_versioned:
                yield from HasFields({key: expected}).differences(payload)
            elif key in payload.data:
                for line in HasFields({key: expected}).differences(payload):
                    yield (
                        f'{line} (this is the field {key}; to check the '
                        f'{key} of the object, pass it by position)'
                    )
            else:
                yield from _attribute(payload, key, _specified(key, expected))
        yield from self._fields.differences(payload)


def _specified(key: str, expected: Any) -> Any:
    """Return a specification of a version as a matcher."""
    if key == 'version' and isinstance(expected, str):
        return versions.HasVersion(expected)
    return expected


def _attribute(
    payload: versioned.VersionedPayload, key: str, expected: Any
) -> Iterator[str]:
    value = getattr(payload, _ATTRIBUTES[key])
    return comparison.differences(expected, value, key)


def _mismatch(payload: Any, found: Iterator[str]) -> matchers.Mismatch | None:
    is_versioned = isinstance(payload, versioned.VersionedPayload)
    title = payload if is_versioned else 'the legacy payload'
    return comparison.mismatch(f'{title} differs:', found)
