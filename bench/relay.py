# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The notifications per second that the relay forwards to RabbitMQ.

Rule: equal work. The stock Notifier and the relay publish the same payload to
the same server, wait for its confirmations, and take turns. The relay runs in
this process, as the Notifier does, and its notifications are already waiting.
The server is near, or behind a delay that stands for another host.
"""

from collections.abc import Callable
import statistics
import time
from typing import Any
from typing import Final
from typing import NamedTuple

from bench import distance
from bench import payloads
from bench import stages
from tools.relay import rabbitmq
from unixnotif import consumer
from unixnotif import notification
from unixnotif import publisher
from unixnotif import relay

# Notifications of one turn; the first ones, which open the connections, are
# not timed.
_COUNT = 600
_WARM_UP = 60
_PUBLISHERS = 32
_NOTIFIER = 'Notifier, messagingv2'
_ONE_LANE = 'relay, 1 lane'
# Additional milliseconds from a message to its confirmation.
_FAR: Final = 4

FULL = 5
QUICK = 1


class _Contender(NamedTuple):
    """A way to RabbitMQ.

    :ivar far_ms: additional time until the server confirms
    :ivar turn: returns messages a second
    """

    name: str
    far_ms: int
    turn: Callable[[], float]


def run(stage: stages.Stage, rounds: int) -> list[dict[str, Any]]:
    """Measure; one row for each contender."""
    try:
        server = stage.enter_context(rabbitmq.RabbitMQ())
    except rabbitmq.MissingError as e:
        stage.skipped['relay'] = str(e)
        return []
    proxy = stage.enter_context(distance.Proxy(server.port, _FAR / 2000))
    far = server.url.replace(f':{server.port}/', f':{proxy.port}/')
    contenders = [
        *_contenders(stage, 0, server.url),
        *_contenders(stage, _FAR, far),
    ]
    turns = [
        {(each.name, each.far_ms): each.turn() for each in contenders}
        for _ in range(rounds)
    ]

    def ratio(each: _Contender, other: str) -> float:
        return statistics.median(
            turn[each.name, each.far_ms] / turn[other, each.far_ms]
            for turn in turns
        )

    return [
        {
            'contender': each.name,
            'far_ms': each.far_ms,
            'per_s': statistics.median(
                turn[each.name, each.far_ms] for turn in turns
            ),
            'of_notifier': ratio(each, _NOTIFIER),
            'of_one_lane': ratio(each, _ONE_LANE),
        }
        for each in contenders
    ]


def _contenders(
    stage: stages.Stage, far_ms: int, url: str
) -> list[_Contender]:
    """Return the contenders for a server at a distance."""
    notifier = stage.notifier('messagingv2', url)
    stage.callback(notifier.transport.cleanup)
    return [
        _Contender(_NOTIFIER, far_ms, lambda: _emit(notifier)),
        _Contender(_ONE_LANE, far_ms, lambda: _relay(stage, url, 1)),
        _Contender('relay, 4 lanes', far_ms, lambda: _relay(stage, url, 4)),
    ]


def _emit(notifier: Any) -> float:
    payload = payloads.PAYLOADS['SMALL']
    taken = []
    for _ in range(_COUNT):
        notifier.info({}, payload.event_type, payload.value)
        taken.append(time.monotonic())
    return _rate(taken)


def _relay(stage: stages.Stage, url: str, number: int) -> float:
    taken: list[float] = []
    bus = relay.Bus(url)
    accounts = relay.Accounts()

    def publish(sent: notification.Notification, topic: str) -> None:
        bus.publish(sent, topic)
        taken.append(time.monotonic())

    lanes = relay.Lanes(number, publish, accounts, relay.Health())
    uri = stage.uri('unix+dir')
    with publisher.Publisher(uri) as out, consumer.Consumer(uri) as source:
        for each in range(_COUNT):
            out.publish(_document(each))
        running = relay.Relay(
            source,
            lanes,
            accounts,
            stopping=lambda: accounts.totals().received >= _COUNT,
            look=lambda: None,
            stop_timeout=60.0,
        )
        running.run()
        running.finish()
    bus.close()
    return _rate(taken)


def _document(number: int) -> bytes:
    payload = payloads.PAYLOADS['SMALL']
    return notification.Notification(
        f'2b8c7a5e-51d3-4c0f-9a3b-{number:012x}',
        f'nova-compute:host{number % _PUBLISHERS}',
        payload.event_type,
        'INFO',
        '2026-11-21 10:00:00.000000',
        payload.value,
        (stages.TOPIC,),
        'openstack',
    ).encode()


def _rate(taken: list[float]) -> float:
    """Return the messages a second after the first ones."""
    return (len(taken) - _WARM_UP) / (taken[-1] - taken[_WARM_UP - 1])
