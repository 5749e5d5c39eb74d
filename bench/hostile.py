# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The slowest call of a service under attack by a sharing group member.

Rule: a service and its attackers are processes with different user ids, and
run on different processors. Rounds with and without an attack take turns. The
worst call of a row is the median of the worst calls of the rounds. Noise in
one of three rounds does not count, but an attack that works in two does.
"""

import collections
from collections.abc import Iterator
import contextlib
import gc
import itertools
import math
import multiprocessing
from multiprocessing.connection import Connection
import os
import shutil
import signal
import statistics
import tempfile
from typing import Any
from typing import Final
from typing import NamedTuple
from typing import Self

from bench import attacks
from bench import scenarios
from bench import stages
from bench import targets

_SERVICE_UID: Final = 65534
_ATTACKER_UID: Final = 5
_GID: Final = 60
# As unixnotif creates a directory for sockets of mode 0660.
_DIRECTORY_MODE: Final = 0o3770
_NICE: Final = -20
# Seconds for the preparations of an attack, on a busy machine.
_START_TIMEOUT: Final = 120.0
# Seconds after which a process ends if nobody has ended it.
_LIFETIME: Final = 300


class Scale(NamedTuple):
    """Duration of a measurement.

    :ivar rounds: with and without each attack
    :ivar seconds: of one round
    :ivar linger: SO_LINGER of the sockets that attackers pass, in seconds
    :ivar patience: maximum duration of the last call of a round, in seconds;
        a longer call is aborted, and counts as this duration
    """

    rounds: int
    seconds: float
    linger: int
    patience: float


FULL = Scale(3, 1.5, 10, 5.0)
QUICK = Scale(1, 1.0, 1, 2.0)

#: Milliseconds of all calls of one round.
_Round = list[float]


class _Role:
    """The conductor's control of one process of a round.

    The process is forked: after it has changed its user, it cannot import
    modules from the home directory of root.

    :param uid: the user id that it takes
    :param steps: what it does
    """

    def __init__(self, uid: int, steps: Iterator[_Round | None]) -> None:
        context = multiprocessing.get_context('fork')
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(
            target=_play, args=(theirs, uid, steps), daemon=True
        )
        self._process.start()
        theirs.close()

    def wait(self, timeout: float) -> _Round | None:
        """Wait until the process is ready for its next step.

        :returns: what a service has measured, or None before that
        :raises TimeoutError: the process is not ready
        :raises RuntimeError: the process has ended
        """
        if not self._pipe.poll(timeout):
            raise TimeoutError
        try:
            found: _Round | None = self._pipe.recv()
        except EOFError:
            raise RuntimeError('a process of the round has ended') from None
        return found

    def go(self) -> None:
        """Let the process take its next step."""
        self._pipe.send(None)

    def is_alive(self) -> bool:
        """Return False if the process has ended."""
        return self._process.is_alive()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._process.kill()
        self._process.join()
        self._pipe.close()


def _play(pipe: Connection, uid: int, steps: Iterator[_Round | None]) -> None:
    signal.alarm(_LIFETIME)
    # A collection would walk through all that the benchmarks have imported.
    gc.freeze()
    cpus = os.sched_getaffinity(0)
    first = {min(cpus)}
    if uid == _SERVICE_UID:
        os.sched_setaffinity(0, first)
    elif cpus != first:
        os.sched_setaffinity(0, cpus - first)
    # Other programs shall delay neither the service nor the attackers.
    with contextlib.suppress(PermissionError):
        os.nice(_NICE)
    os.setgroups([])
    os.setgid(_GID)
    os.setuid(uid)
    for step in steps:
        pipe.send(step)
        pipe.recv()


def run(stage: stages.Stage, scale: Scale) -> list[dict[str, Any]]:
    """Measure; one row for each call, address and attack."""
    if os.geteuid():
        stage.skipped['hostile'] = "only root can start other users' processes"
        return []
    # The users of a round must reach its directory.
    os.chmod(stage.directory, 0o711)
    everything = scenarios.scenarios()
    calm: dict[scenarios.Scenario, list[_Round]]
    calm = collections.defaultdict(list)
    found: dict[tuple[scenarios.Scenario, attacks.Attack], list[_Round]]
    found = collections.defaultdict(list)
    for _ in range(scale.rounds):
        for scenario in everything:
            calm[scenario].append(
                _round(stage, scale, scenario, scenario.peer)
            )
            for attack in scenario.attacks:
                found[scenario, attack].append(
                    _round(stage, scale, scenario, attack)
                )
    return [
        _row(scenario, attack, calm[scenario], found[scenario, attack])
        for scenario in everything
        for attack in scenario.attacks
    ]


def _round(
    stage: stages.Stage,
    scale: Scale,
    scenario: scenarios.Scenario,
    attack: attacks.Attack | None,
) -> _Round:
    """Measure a service in a new directory.

    :param attack: an attack, or the honest peer of the service
    """
    directory = tempfile.mkdtemp(dir=stage.directory)
    os.chown(directory, _SERVICE_UID, _GID)
    os.chmod(directory, _DIRECTORY_MODE)
    place = attacks.Place(directory, scale.linger)
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, directory)
        uri = place.uri(scenario.scheme)
        service = stack.enter_context(
            _Role(_SERVICE_UID, scenario.service(uri, scale.seconds))
        )
        service.wait(_START_TIMEOUT)
        attackers = [
            stack.enter_context(_Role(_ATTACKER_UID, each.steps(place)))
            for each in ([attack] * attack.processes if attack else [])
        ]
        calls = _conduct(service, attackers, scale.seconds + scale.patience)
        if not all(role.is_alive() for role in attackers):
            raise RuntimeError(f'{attack}: an attacker has ended')
    return calls or [scale.patience * 1000]


def _conduct(
    service: _Role, attackers: list[_Role], timeout: float
) -> _Round | None:
    """Lead a service and its attackers from step to step.

    :returns: None if a call has not returned
    """
    service.go()
    step = service.wait(_START_TIMEOUT)
    while step is None:
        for role in attackers:
            role.wait(_START_TIMEOUT)
        for role in (*attackers, service):
            role.go()
        try:
            step = service.wait(timeout)
        except TimeoutError:
            return None
    return step


def _row(
    scenario: scenarios.Scenario,
    attack: attacks.Attack,
    calm: list[_Round],
    attacked: list[_Round],
) -> dict[str, Any]:
    calm_worst = statistics.median(map(max, calm))
    worst = statistics.median(map(max, attacked))
    calls = sorted(itertools.chain(*attacked))
    row = {
        'call': scenario.call,
        'address': scenario.scheme,
        'attack': attack.name,
        'calls': len(calls),
        'calm_median_ms': statistics.median(itertools.chain(*calm)),
        'calm_worst_ms': calm_worst,
        'median_ms': statistics.median(calls),
        'p99_ms': calls[math.ceil(len(calls) * 0.99) - 1],
        'worst_ms': worst,
        'above_ms': worst - calm_worst,
    }
    return {**row, 'verdict': targets.of_attack(row).row()['verdict']}
