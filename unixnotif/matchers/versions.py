# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Matchers for payload versions.

Rule: versions are compared as integers, part by part: 1.10 is above 1.9.
"""

from typing import Any

from testtools import matchers

from unixnotif import versioned
from unixnotif.matchers import protocol


class HasVersion(protocol.Matcher):
    """Matches a version, given as text, that meets every condition.

    :param spec: a version such as ``1.2``, or conditions such as
        ``>=1.0,<2``; a missing part of a version is 0
    :raises ValueError: spec is malformed
    """

    def __init__(self, spec: str) -> None:
        self._spec = spec
        self._range = versioned.VersionRange(spec)

    def __str__(self) -> str:
        return f'HasVersion({self._spec!r})'

    def match(self, actual: Any) -> matchers.Mismatch | None:
        """Return None if the version meets every condition."""
        if actual in self._range:
            return None
        if not versioned.parse_version(actual):
            return _malformed(actual)
        return matchers.Mismatch(f'expected {self._spec}, got {actual}')


class Compatible(protocol.Matcher):
    """Matches a version that a consumer written for ``version`` can read.

    The major version must be the same. The minor version must be the same or
    higher, because a new minor version only adds fields (nova's contract for
    versioned notifications).

    :param version: for example ``1.3``
    :raises ValueError: the version is malformed
    """

    def __init__(self, version: str) -> None:
        self._text = version
        self._version = versioned.complete_version(version)
        if not self._version:
            raise ValueError(f'{version!r} is not a version such as "1.3"')

    def __str__(self) -> str:
        return f'Compatible({self._text!r})'

    def match(self, actual: Any) -> matchers.Mismatch | None:
        """Return None if the consumer can read the version."""
        version = versioned.complete_version(actual)
        if not version:
            return _malformed(actual)
        if version[0] != self._version[0]:
            return matchers.Mismatch(
                f'{actual} is not compatible with {self._text}: '
                'another major version'
            )
        if version < self._version:
            return matchers.Mismatch(f'{actual} is older than {self._text}')
        return None


def _malformed(actual: object) -> matchers.Mismatch:
    return matchers.Mismatch(f'{actual!r} is not a version such as "1.2"')
