# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

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
