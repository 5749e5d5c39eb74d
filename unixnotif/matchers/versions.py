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

"""Matchers for payload versions.

Rule: versions are compared as integers, part by part: 1.10 is above 1.9.
"""

import operator
import re
from typing import Any

from testtools import matchers

from unixnotif import versioned

_OPERATORS = {
    '>=': operator.ge,
    '<=': operator.le,
    '==': operator.eq,
    '!=': operator.ne,
    '>': operator.gt,
    '<': operator.lt,
    '': operator.eq,
}
_CLAUSE = re.compile(r'\s*(>=|<=|==|!=|>|<|)\s*([0-9.]+)\s*')


def _version(text: str) -> versioned.Version:
    version = versioned.parse_version(text)
    if not version:
        raise ValueError(f'{text!r} is not a version such as "1.2"')
    return version


class HasVersion:
    """Matches a version, given as text, that meets every clause.

    :param spec: for example ``1.2``, or ``>=1.0,<2.0``
    :raises ValueError: it is neither
    """

    def __init__(self, spec: str) -> None:
        self._spec = spec
        self._clauses = []
        for clause in spec.split(','):
            match = _CLAUSE.fullmatch(clause)
            if match is None:
                raise ValueError(
                    f'{spec!r} is not a version such as "1.2" or ">=1.0,<2.0"'
                )
            compare = _OPERATORS[match[1]]
            self._clauses.append((compare, _version(match[2])))

    def __str__(self) -> str:
        return f'HasVersion({self._spec!r})'

    def match(self, actual: Any) -> matchers.Mismatch | None:
        """None when the version meets them."""
        version = versioned.parse_version(actual)
        if not version:
            return matchers.Mismatch(f'version {actual!r} is malformed')
        if all(compare(version, other) for compare, other in self._clauses):
            return None
        return matchers.Mismatch(f'version {actual} is not {self._spec}')


class Compatible:
    """Matches a version that a consumer written for ``version`` can read.

    That is the same major and at least the minor: a minor version only adds
    fields (nova's contract for versioned notifications).

    :param version: for example ``1.3``
    :raises ValueError: it is not a version
    """

    def __init__(self, version: str) -> None:
        self._text = version
        self._version = _version(version)

    def __str__(self) -> str:
        return f'Compatible({self._text!r})'

    def match(self, actual: Any) -> matchers.Mismatch | None:
        """None when the version can be read."""
        version = versioned.parse_version(actual)
        if not version:
            return matchers.Mismatch(f'version {actual!r} is malformed')
        if version[0] == self._version[0] and version >= self._version:
            return None
        why = (
            'lacks fields of'
            if version[0] == self._version[0]
            else 'is not compatible with'
        )
        return matchers.Mismatch(f'version {actual} {why} {self._text}')
