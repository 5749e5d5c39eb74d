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

"""Which versions a version is compared with.

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
    """The versions whose consumers read this one, from the oldest.

    Those of its major; for a new major, the last one before it. A stable
    branch's N.N.N counts for its own N.N only.
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


# Payloads have the same few versions.
_parsed = functools.lru_cache(maxsize=4096)(versioned.parse_version)


def major(version: str) -> versioned.Version:
    return _parsed(version)[:1]
