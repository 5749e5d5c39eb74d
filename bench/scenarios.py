# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The services under attack, with their calls and the attacks on them.

Rule: a service is a generator, like an attack (:mod:`bench.attacks`). Up to
its first ``yield``, the service runs alone. Each later step begins when the
service and all attackers are ready.
"""

from collections.abc import Callable
from collections.abc import Generator
import functools
import itertools
import time
from typing import Final
from typing import NamedTuple

from bench import attacks
from bench import traps
from unixnotif import Consumer
from unixnotif import Publisher

# Subscribers that read nothing fill up within a round, and use little memory.
_SEND_BUFFER_SIZE: Final = 64 * 1024
_TIMEOUT: Final = 0.5
_SUBSCRIBE_TIMEOUT: Final = 60.0
# Calls of publish() without a pause, and the pause after them.
_BURST: Final = 20
_PAUSE: Final = 0.01

#: A service yields None before each step, and at last its calls in ms.
Service = Generator[list[float] | None, None, None]


class Scenario(NamedTuple):
    """A call of a service, and the attacks on it.

    :ivar call: for tables
    :ivar scheme: of the address
    :ivar service: makes the calls
    :ivar attacks: one at a time
    :ivar peer: the honest process that the service needs, if it needs one
    """

    call: str
    scheme: str
    service: Callable[[str, float], Service]
    attacks: tuple[attacks.Attack, ...]
    peer: attacks.Attack | None = None


def _publish(document: bytes, uri: str, seconds: float) -> Service:
    """Publish to an own consumer, which reads between the calls."""
    with (
        Publisher(uri, send_buffer_size=_SEND_BUFFER_SIZE) as publisher,
        Consumer(uri) as consumer,
    ):
        publisher.publish(document)
        yield None
        # The attackers prepare.
        yield None
        calls = []
        end = time.perf_counter() + seconds
        for number in itertools.count(1):
            begin = time.perf_counter()
            publisher.publish(document)
            now = time.perf_counter()
            calls.append((now - begin) * 1000)
            if now >= end:
                break
            while consumer.receive(0) is not None:
                pass
            if not number % _BURST:
                time.sleep(_PAUSE)
        yield calls


def _receive(uri: str, seconds: float) -> Service:
    """Wait for a notification that never arrives."""
    consumer = Consumer(uri, event_type='wanted')
    yield None
    consumer.subscribe(_SUBSCRIBE_TIMEOUT)
    yield None
    calls = []
    end = time.perf_counter() + seconds
    while (begin := time.perf_counter()) < end:
        consumer.receive(_TIMEOUT)
        calls.append((time.perf_counter() - begin) * 1000)
    yield calls


def _close(uri: str, seconds: float) -> Service:
    """Accept connections, and close without reading them."""
    consumer = Consumer(uri, event_type='wanted')
    yield None
    consumer.subscribe(_SUBSCRIBE_TIMEOUT)
    yield None
    consumer.receive(0)
    yield None
    # The attackers send.
    yield None
    begin = time.perf_counter()
    consumer.close()
    yield [(time.perf_counter() - begin) * 1000]


def _large(name: str, size: int) -> Scenario:
    return Scenario(
        'publish()',
        'unix+dir',
        functools.partial(_publish, attacks.document(size)),
        (
            attacks.Attack(
                f'{attacks.STOPPED_READERS} stopped readers, {name}',
                functools.partial(
                    attacks.subscribe, attacks.STOPPED_READERS, ''
                ),
            ),
        ),
    )


def scenarios() -> list[Scenario]:
    """Return all scenarios, in the order of the table."""
    attack, partial = attacks.Attack, functools.partial
    storm, flood = attacks.STORM_PROCESSES, attacks.FLOOD_PROCESSES
    unwanted, rejected = attacks.document(), attacks.REJECTED
    publish = partial(_publish, unwanted)
    listener = attack('none', attacks.listen_quietly)
    return [
        Scenario(
            'publish()',
            'unix+dir',
            publish,
            (
                attack(
                    f'{attacks.SOCKETS} listening sockets',
                    partial(attacks.subscribe, attacks.SOCKETS, ''),
                ),
                attack(
                    f'{attacks.SOCKETS} members of a group',
                    partial(attacks.subscribe, attacks.SOCKETS, 'group@'),
                ),
                attack(
                    f'{attacks.SOCKETS} dead sockets',
                    attacks.leave_dead_sockets,
                ),
                attack(
                    f'{attacks.PLACES} empty .sock files',
                    partial(attacks.create_names, attacks.PLACES, '.sock'),
                ),
                attack(
                    f'{attacks.NAMES} names',
                    partial(attacks.create_names, attacks.NAMES, ''),
                ),
                attack(
                    f'{attacks.NAMES} .sock names',
                    partial(attacks.create_names, attacks.NAMES, '.sock'),
                ),
                attack('linger', traps.at_directory),
            ),
        ),
        _large('132 KiB', 132 * 1024),
        _large('8 MiB', 8 * 1024 * 1024),
        Scenario(
            'publish()',
            'unix',
            publish,
            (
                attack('storm', attacks.storm_publisher, storm),
                attack('linger', traps.as_reader),
                attack('linger before accept', traps.before_accept),
            ),
        ),
        Scenario(
            'receive(0.5)',
            'unix+dir',
            _receive,
            (
                attack('storm', attacks.storm_consumer, storm),
                attack(
                    f'{attacks.IDLE_CONNECTIONS} idle connections',
                    attacks.stay_idle,
                ),
                attack(
                    'flood of unwanted documents',
                    partial(attacks.flood_consumer, unwanted),
                    flood,
                ),
                attack(
                    'flood of rejected documents',
                    partial(attacks.flood_consumer, rejected),
                    flood,
                ),
                attack('one memfd, many times', attacks.announce),
                attack('linger', traps.at_consumer),
            ),
        ),
        Scenario(
            'receive(0.5)',
            'unix',
            _receive,
            (
                attack(
                    'flood of unwanted documents',
                    partial(attacks.flood_reader, unwanted + b'\n'),
                ),
                attack(
                    'flood of rejected documents',
                    partial(attacks.flood_reader, rejected + b'\n'),
                ),
                attack(
                    'flood of newlines',
                    partial(attacks.flood_reader, b'\n'),
                ),
                attack(
                    'line without an end',
                    partial(attacks.flood_reader, rejected),
                ),
                attack('linger', traps.as_listener),
            ),
            listener,
        ),
        Scenario(
            'close()',
            'unix+dir',
            _close,
            (attack('linger, unread', traps.unread_in_directory),),
        ),
        Scenario(
            'close()',
            'unix',
            _close,
            (attack('linger, unread', traps.unread_on_stream),),
            listener,
        ),
    ]
