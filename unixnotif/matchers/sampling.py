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

"""The matcher for a sample file."""

from collections.abc import Iterable
from collections.abc import Mapping
import copy
import os
from typing import Any

from testtools import matchers

from unixnotif import notification
from unixnotif import samples
from unixnotif import versioned
from unixnotif.matchers import differing


class MatchesSample:
    """Matches a notification that is as a sample says.

    The keys that the sample has are compared, and its payload in full. What
    is masked still must have the type and shape that the sample shows, so
    that a masked part of a sample cannot rot.

    :param sample: path of a JSON file, in which ``$ref`` stands for another
        file, or a dict
    :param replacements: other values, or matchers, by path in the payload,
        for example ``{'flavor.vcpus': 2}``; ``ANY`` masks the sample's
    :param ignore: paths in the payload to mask
    :raises UnavailableError: the file cannot be read
    :raises DocumentError: the file is not a sample
    :raises KeyError: the sample has no such path
    """

    def __init__(
        self,
        sample: str | os.PathLike[str] | Mapping[str, Any],
        replacements: Mapping[str, Any] | None = None,
        ignore: Iterable[str] = (),
    ) -> None:
        if isinstance(sample, Mapping):
            self._name = 'the sample'
            self._expected = copy.deepcopy(dict(sample))
        else:
            self._name = os.path.basename(os.fspath(sample))
            self._expected = samples.load(sample)
        changes = dict(replacements or {})
        changes.update(dict.fromkeys(ignore, differing.ANY))
        for path, value in changes.items():
            _replace(self._expected['payload'], path, value)

    def __str__(self) -> str:
        return f'MatchesSample({self._name})'

    def match(
        self, actual: notification.Notification
    ) -> matchers.Mismatch | None:
        """None when the notification is as the sample says."""
        document = actual.document
        found: list[str] = []
        for key, expected in self._expected.items():
            found += differing.differences(expected, document.get(key), key)
        return differing.mismatch(
            f'{actual.event_type} is not as {self._name} says:', found
        )


def _replace(payload: Any, path: str, value: Any) -> None:
    """Put a value, or a mask, at a path in a sample's payload."""
    *above, last = versioned.parse_path(path)
    for step in (*above, None):
        found = versioned.VersionedPayload.from_primitive(payload)
        payload = payload if found is None else found.data
        if step is not None:
            payload = _step(payload, step, path)
    if value is differing.ANY:
        value = differing.Masked(_step(payload, last, path))
    else:
        _step(payload, last, path)
    payload[last] = value


def _step(value: Any, step: str | int, path: str) -> Any:
    try:
        return value[step]
    except (KeyError, IndexError, TypeError):
        raise KeyError(f'{path}: the sample has no {step!r}') from None
