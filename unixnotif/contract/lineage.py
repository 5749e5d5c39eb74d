# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The older versions with which a version is compared.

Rule: pure functions on the texts of versions.
"""

from collections.abc import Mapping
import functools

from unixnotif import versioned
from unixnotif.contract import catalogues


def is_same(one: catalogues.Schema | None, other: catalogues.Schema) -> bool:
    return one is other or (
        one is not None
        and (one.declared, one.observed, one.enums, one.formats)
        == (other.declared, other.observed, other.enums, other.formats)
    )


def lineage(
    version: str, recorded: Mapping[str, catalogues.Schema]
) -> list[str]:
    """Return the older versions to compare a version with, oldest first.

    These versions have the same major version. If there are none, return the
    highest older version. A recorded version N.N.N, from a stable branch,
    counts only for versions with the same N.N.
    """
    judged = _parsed(version)
    if not judged:
        return []
    older = sorted(
        (parsed, text)
        for text in recorded
        if (parsed := _parsed(text))
        and parsed < judged
        and (len(parsed) < 3 or parsed[:2] == judged[:2])
    )
    same = [text for parsed, text in older if parsed[0] == judged[0]]
    return same or [text for _, text in older[-1:]]


def is_elsewhere(version: str, current: str | None) -> bool:
    """Return True for a version of a stable branch.

    A version N.N.N is only in the catalogue of its branch, and not in a
    catalogue whose current version has another N.N.
    """
    one, other = _parsed(version), _parsed(current or '')
    return len(one) > 2 and bool(other) and one[:2] != other[:2]


# Cached: many payloads have the same versions.
_parsed = functools.lru_cache(maxsize=4096)(versioned.parse_version)


def major(version: str) -> versioned.Version:
    return _parsed(version)[:1]
