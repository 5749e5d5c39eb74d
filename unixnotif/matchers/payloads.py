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

"""Matchers for payloads, versioned and legacy.

Rule: what is matched may be a Notification, a VersionedPayload or a JSON
value; each of them has one payload.
"""

from collections.abc import Iterator
from typing import Any

from testtools import matchers

from unixnotif import notification
from unixnotif import versioned
from unixnotif.matchers import differing
from unixnotif.matchers import versions


def payload_of(actual: Any) -> Any:
    """The VersionedPayload in what is matched, or else its JSON value."""
    if isinstance(actual, notification.Notification):
        actual = actual.payload
    return versioned.VersionedPayload.from_primitive(actual) or actual


class IsVersioned:
    """Matches a versioned payload.

    :param prefix: only this one, for example ``nova_object``
    """

    def __init__(self, prefix: str | None = None) -> None:
        self._prefix = prefix

    def __str__(self) -> str:
        return f'IsVersioned({self._prefix!r})'

    def match(self, actual: Any) -> matchers.Mismatch | None:
        """None when it is."""
        payload = payload_of(actual)
        if not isinstance(payload, versioned.VersionedPayload):
            return matchers.Mismatch('the payload is not versioned')
        if self._prefix not in (None, payload.prefix):
            return matchers.Mismatch(
                f'{payload} has the prefix {payload.prefix}, '
                f'not {self._prefix}'
            )
        return None


class IsLegacy:
    """Matches a payload that is not versioned."""

    def __str__(self) -> str:
        return 'IsLegacy()'

    def match(self, actual: Any) -> matchers.Mismatch | None:
        """None when it is not."""
        payload = payload_of(actual)
        if isinstance(payload, versioned.VersionedPayload):
            return matchers.Mismatch(f'the payload is versioned: {payload}')
        return None


class HasPayload:
    """Matches a payload by its name, version and some of its fields.

    :param name: of a versioned payload, for example ``FlavorPayload``
    :param version: ``'1.2'``, ``'>=1.0,<2.0'``, or a matcher such as
        :class:`Compatible`
    :param namespace: of a versioned payload, for example ``nova``
    :param fields: values or matchers by path; ``**{'flavor.vcpus': 2}``
        reaches into nested objects
    :raises ValueError: the version or a path is malformed
    """

    def __init__(
        self,
        name: str | None = None,
        version: Any = None,
        namespace: str | None = None,
        **fields: Any,
    ) -> None:
        self._shown = {
            key: value
            for key, value in (
                ('name', name),
                ('version', version),
                ('namespace', namespace),
                *fields.items(),
            )
            if value is not None or key in fields
        }
        self._fields = fields
        for path in fields:
            versioned.parse_path(path)
        if isinstance(version, str):
            version = versions.HasVersion(version)
        self._identity = {
            attribute: value
            for attribute, value in (
                ('name', name),
                ('version_text', version),
                ('namespace', namespace),
            )
            if value is not None
        }

    def __str__(self) -> str:
        return differing.constructor('HasPayload', self._shown)

    def match(self, actual: Any) -> matchers.Mismatch | None:
        """None when name, version and every field match."""
        payload = payload_of(actual)
        return differing.mismatch(
            f'{_title(payload)} differs:', self._differences(payload)
        )

    def _differences(self, payload: Any) -> Iterator[str]:
        if self._identity and not isinstance(
            payload, versioned.VersionedPayload
        ):
            yield 'it is not versioned'
            return
        for attribute, expected in self._identity.items():
            yield from differing.differences(
                expected,
                getattr(payload, attribute),
                attribute.removesuffix('_text'),
            )
        for path, expected in self._fields.items():
            try:
                value = versioned.lookup(payload, path)
            except KeyError as e:
                yield str(e.args[0])
            else:
                yield from differing.differences(expected, value, path)


def _title(payload: Any) -> str:
    if isinstance(payload, versioned.VersionedPayload):
        return str(payload)
    return 'the legacy payload'
