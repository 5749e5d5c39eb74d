# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The plan of a round: disturbances, their addresses and their times.

Rule: the plan depends only on the seed and on the number of the round. The
time of a disturbance is a part of the notifications of the round.
"""

from collections.abc import Container
import dataclasses
import random

from tools.chaos import cast

# Weight of each disturbance among those of its address.
_PROCESSES = {
    'kill_emitter': 2,
    'stop_emitter': 2,
    'stop_consumer': 3,
    'leave': 2,
}
_ORDINARY = {
    cast.DIRECTORY: {
        **_PROCESSES,
        'end_emitter': 1,
        'fork_consumer': 2,
        'start_brief_emitters': 4,
    },
    cast.LINK: {**_PROCESSES, 'end_emitter': 1, 'start_brief_emitters': 4},
    cast.SOCKET: {
        **_PROCESSES,
        'remove_socket': 2,
        'recreate_parent': 1,
    },
}
_REPLACEMENTS = {
    cast.DIRECTORY: ('recreate_directory', 'rename_directory'),
    cast.LINK: ('recreate_directory', 'switch_link'),
}
# Number of ordinary disturbances of a round.
_COUNT = (5, 10)
# Probabilities, for each address and round, of a replacement, of a killed
# consumer, and of a restarted owner. The sums of an address with a killed
# consumer cannot be compared, so that must not happen in each round.
_REPLACE_CHANCE = 0.5
_KILL_CONSUMER_CHANCE = 0.3
_RESTART_CHANCE = 0.3
# Notifications must follow the last disturbance.
_DUE = (0.02, 0.85)


@dataclasses.dataclass(frozen=True, slots=True, order=True)
class Step:
    """One disturbance of a plan.

    :param due: part of the round's notifications published before it
    :param name: name of the disturbance
    :param place: name of the address
    """

    due: float
    name: str
    place: str


#: The disturbance is due before the first notification.
BEFORE = 0.0

#: Names of all disturbances.
NAMES = sorted(
    {
        *(name for weights in _ORDINARY.values() for name in weights),
        *(name for names in _REPLACEMENTS.values() for name in names),
        'kill_consumer',
        'restart_owner',
    }
)


def make(rng: random.Random, names: Container[str] = NAMES) -> list[Step]:
    """Return the disturbances of a round, sorted by time.

    :param names: names of the disturbances; the plan omits the others
    """
    steps = []
    if rng.random() < _RESTART_CHANCE:
        # An owner cannot send drop counts to a consumer with a full buffer
        # when it closes, so it must have flushed them.
        steps.append(Step(BEFORE, 'restart_owner', cast.SOCKET))

    def add(name: str, place: str) -> None:
        steps.append(Step(rng.uniform(*_DUE), name, place))

    everywhere = list(_ORDINARY)
    for _ in range(rng.randint(*_COUNT)):
        place = rng.choice(everywhere)
        weights = _ORDINARY[place]
        [name] = rng.choices(list(weights), list(weights.values()))
        add(name, place)
    for place in everywhere:
        if place in _REPLACEMENTS and rng.random() < _REPLACE_CHANCE:
            add(rng.choice(_REPLACEMENTS[place]), place)
        if rng.random() < _KILL_CONSUMER_CHANCE:
            add('kill_consumer', place)
    return sorted(step for step in steps if step.name in names)


def seeded(seed: int, number: int) -> random.Random:
    """Return the random numbers of a round."""
    return random.Random(f'{seed}/{number}')
