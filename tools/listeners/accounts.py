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

"""The comparison of emitted and received notifications.

Rule: pure functions on message ids.
"""

import collections
from collections.abc import Iterable

_SHOWN = 3


def compare(emitted: Iterable[str], received: Iterable[str]) -> str:
    """Return the differences between two lists of message ids; '' if none.

    :param emitted: each id once
    :param received: in any order
    """
    wanted = set(emitted)
    counts = collections.Counter(received)
    problems = {
        'lost': sorted(wanted - counts.keys()),
        'received twice': sorted(
            each for each, count in counts.items() if count > 1
        ),
        'never emitted': sorted(counts.keys() - wanted),
    }
    return '; '.join(
        f'{len(ids)} {problem}, for example {", ".join(ids[:_SHOWN])}'
        for problem, ids in problems.items()
        if ids
    )
