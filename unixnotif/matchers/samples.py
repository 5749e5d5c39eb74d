# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The matcher for a sample file."""

from collections.abc import Iterable
from collections.abc import Mapping
import copy
import os
from typing import Any

from testtools import matchers

from unixnotif import errors
from unixnotif import filter as filters
from unixnotif import notification
from unixnotif import samples
from unixnotif import versioned
from unixnotif.matchers import comparison
from unixnotif.matchers import protocol


class MatchesSample(protocol.Matcher):
    """Matches a notification that agrees with a sample.

    The matcher compares the whole payload. Of the other keys of the
    notification, it compares only those that the sample has. If a value
    differs in each run, mask the value with ``ignore``. Then the matcher
    compares only the type, so the sample still documents the right type. The
    masked value in the sample decides which values match:

    * a string, a number or a boolean: a value of the same type
    * a versioned object: an object of the same version, with the same fields
    * an object whose values have several types: an object with the same keys
    * an object whose values have one type: an object with any keys, and with
      values of this type
    * a list: a list whose items have the type of an item in the sample
    * an empty list: any list
    * an empty object: any object that is not versioned
    * null: any value

    :param sample: path of a JSON file, or a dict whose values may be
        matchers. In a file, ``$ref`` includes another file.
    :param replacements: values or matchers that replace values of the sample,
        by path in the payload, for example ``{'flavor.vcpus': 2}``; ``ANY``
        masks the value of the sample
    :param ignore: paths in the payload to mask
    :raises UnavailableError: the file cannot be read
    :raises DocumentError: the file or the dict is not a sample
    :raises KeyError: the sample has no value at a path
    :raises ValueError: a path is malformed
    """

    def __init__(
        self,
        sample: str | os.PathLike[str] | Mapping[str, Any],
        replacements: Mapping[str, Any] | None = None,
        ignore: Iterable[str] = (),
    ) -> None:
        if isinstance(sample, Mapping):
            self._name = 'the sample'
            expected: Any = copy.deepcopy(dict(sample))
        else:
            self._name = os.path.basename(os.fspath(sample))
            expected = samples.load(sample)
        if not isinstance(expected, dict) or 'payload' not in expected:
            raise errors.DocumentError(
                f'{self._name} is not an object with a payload'
            )
        self._expected: dict[str, Any] = expected
        changes = dict(replacements or {})
        changes.update(dict.fromkeys(ignore, comparison.ANY))
        for path, value in changes.items():
            _replace(self._expected, path, value)

    def __str__(self) -> str:
        return f'MatchesSample({self._name})'

    def match(
        self, actual: notification.Notification
    ) -> matchers.Mismatch | None:
        """Return None if the notification agrees with the sample."""
        document = actual.document
        found: list[str] = []
        for key, expected in self._expected.items():
            value = document.get(key)
            if not (key == 'priority' and _is_same_priority(expected, value)):
                found += comparison.differences(expected, value, key)
        return comparison.mismatch(
            f'{actual.event_type} differs from {self._name}:', found
        )


def _is_same_priority(expected: Any, value: Any) -> bool:
    """Return True for two names of one priority, as a filter does."""
    return (
        isinstance(expected, str)
        and isinstance(value, str)
        and filters.normalize_priority(expected)
        == filters.normalize_priority(value)
    )


def _replace(sample: dict[str, Any], path: str, value: Any) -> None:
    """Put a value, or a mask, at a path in a sample's payload."""
    within: Any = sample
    last: Any = 'payload'
    where = ''
    for step in versioned.parse_path(path):
        found = versioned.VersionedPayload.from_primitive(within[last])
        within = within[last] if found is None else found.data
        last = step
        fits = dict if isinstance(step, str) else list
        try:
            if not isinstance(within, fits):
                raise TypeError
            within[last]
        except (KeyError, IndexError, TypeError):
            raise KeyError(
                f'{path}: {where or "the payload"} of the sample has no '
                f'{"field" if isinstance(step, str) else "item"} {step!r}'
            ) from None
        where += f'[{step}]' if isinstance(step, int) else f'.{step}'
        where = where.removeprefix('.')
    masked = value is comparison.ANY
    within[last] = comparison.Masked(within[last]) if masked else value
