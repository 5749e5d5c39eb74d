# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0


"""Scenarios: a bus, emitters, the relay and listeners, with a disturbance.

Rule: a scenario raises AssertionError, or returns one line about what it has
seen. Every number is exact: received + lost = emitted, and a listener sees
each forwarded notification once.
"""

import collections
from collections.abc import Callable
from collections.abc import Sequence
import pathlib
import tempfile
import time
from typing import Any

from oslo_config import cfg
import oslo_messaging

from tools.relay import processes
from tools.relay import rabbitmq

_DURABLE = '[oslo_messaging_rabbit]\namqp_durable_queues = true\n'
_RATE = 50.0


class Scene(processes.Stack):
    """The directory, the configuration and the processes of a scenario.

    :param url: transport URL of the bus
    :param durable: True if queues survive the end of the broker
    """

    def __init__(self, url: str, durable: bool = False) -> None:
        super().__init__()
        self.top = pathlib.Path(
            self.enter_context(tempfile.TemporaryDirectory(prefix='relay-'))
        )
        self.directory = self.top / 'rendezvous'
        self.directory.mkdir()
        self.uri = f'unix+dir://{self.directory}'
        # Names of their own: scenarios share a broker.
        self._suffix = self.top.name.removeprefix('relay-')
        self.config = self.write_config('relay', url, durable)

    def write_config(
        self, name: str, url: str, durable: bool = False
    ) -> pathlib.Path:
        """Write a configuration file; return its path."""
        path = self.top / f'bus-{name}.conf'
        path.write_text(
            f'[DEFAULT]\ntransport_url = {url}\n' + _DURABLE * durable
        )
        return path

    def name(self, prefix: str) -> str:
        """Return a topic or an exchange of this scenario."""
        return f'{prefix}_{self._suffix}'

    def relay(self, *options: str) -> processes.Relay:
        """Start the relay."""
        made: processes.Relay = self.add(
            processes.Relay(self.uri, self.config, *options)
        )
        return made

    def emitter(
        self, exchange: str, topics: Sequence[str], *options: str, **more: Any
    ) -> processes.Emitter:
        """Start an emitter."""
        made: processes.Emitter = self.add(
            processes.Emitter(
                self.uri,
                self.top,
                self.name(exchange),
                [self.name(topic) for topic in topics],
                *options,
                **more,
            )
        )
        return made

    def listener(self, *emitters: processes.Emitter) -> processes.Listener:
        """Listen to everything that these emitters emit."""
        targets = {
            (topic, each.exchange)
            for each in emitters
            for topic in each.topics
        }
        made: processes.Listener = self.add(
            processes.Listener(
                self.config, sorted(targets), emitters[0].priorities
            )
        )
        return made


def equal(left: object, right: object, subject: str) -> None:
    """Raise AssertionError if two values differ."""
    if left != right:
        raise AssertionError(f'{subject}: {left!r} != {right!r}')


def check_once(listener: processes.Listener, forwarded: int) -> None:
    """Check that each notification arrived once, in order."""
    ids = [
        (topic, envelope['message_id'])
        for topic, _, _, _, envelope in listener.received
    ]
    twice = [i for i, n in collections.Counter(ids).items() if n > 1]
    equal([], twice, 'arrived twice')
    equal(forwarded, len(ids), 'forwarded, arrived')
    orders: dict[tuple[str, ...], list[int]] = collections.defaultdict(list)
    for topic, exchange, priority, _, envelope in listener.received:
        number = int(envelope['event_type'].removeprefix('relay.'))
        publisher = envelope['publisher_id']
        orders[topic, exchange, priority, publisher].append(number)
    for key, numbers in orders.items():
        equal(sorted(numbers), numbers, f'order of {key}')


def fields(
    url: str,
    lanes: int = 1,
    count: int = 140,
    *,
    ordered: bool = True,
    prepare: Callable[[str], object] = str,
) -> str:
    """Forward odd payloads of several processes, topics and exchanges.

    :param ordered: False if the bus has neither order nor exchanges
    :param prepare: called with each topic of the bus
    """
    with Scene(url) as scene:
        services = [
            scene.emitter(exchange, topics, f'--count={count}', '--rate=30')
            for exchange, topics in (
                ('nova', ['notifications']),
                ('cinder', ['versioned', 'notifications']),
                ('glance', ['versioned']),
            )
        ]
        for each in services:
            for topic in each.topics:
                for priority in each.priorities:
                    prepare(f'{topic}.{priority}')
        listener = scene.listener(*services)
        relay = scene.relay(f'--lanes={lanes}')
        for each in services:
            each.start()
        expected = []
        for each in services:
            for context, message in each.emitted():
                for topic in each.topics:
                    expected.append((topic, each.exchange, context, message))
        relay.terminate()
        code, numbers = relay.end()
        equal(0, code, f'exit code ({relay.lines})')
        emitted = count * len(services)
        equal(emitted, numbers['forwarded'] + numbers['lost'], 'emitted')
        equal(0, numbers['lost'], 'lost')
        listener.wait(len(expected))
        listener.settle()
        compare(expected, listener, exchanges=ordered)
        if ordered:
            check_once(listener, len(expected))
        return f'{emitted} notifications, {len(expected)} messages'


def compare(
    expected: list[Any], listener: processes.Listener, exchanges: bool
) -> None:
    """Check that every field is equal.

    :param exchanges: False if the bus has none, as Kafka
    """
    # The driver for RabbitMQ adds this to each context.
    for _, _, _, context, _ in listener.received:
        equal(None, context.pop('client_timeout', None), 'client_timeout')
    found = {
        (topic, exchange if exchanges else '', envelope['message_id']): (
            context,
            envelope,
        )
        for topic, exchange, _, context, envelope in listener.received
    }
    equal(len(expected), len(found), 'number of messages')
    for topic, exchange, context, message in expected:
        key = topic, exchange if exchanges else '', message['message_id']
        equal((context, message), found.get(key), f'fields of {key[:2]}')


def disturbed(
    server: rabbitmq.RabbitMQ,
    disturb: Callable[[], None],
    *,
    seconds: float,
    lanes: int = 1,
) -> str:
    """Emit while the broker is disturbed; nothing is lost or arrives twice."""
    with Scene(server.url, durable=True) as scene:
        count = int(_RATE * (seconds + 2))
        services = [
            scene.emitter(
                exchange, ['notifications'], f'--count={count}',
                f'--rate={_RATE}', '--small', priorities=['info', 'error'],
            )
            for exchange in ('nova', 'cinder')
        ]  # fmt: skip
        listener = scene.listener(*services)
        relay = scene.relay(f'--lanes={lanes}')
        for each in services:
            each.start()
        relay.wait_for('unixnotif: bus up')
        disturb()
        emitted = sum(len(each.emitted()) for each in services)
        relay.wait_for('unixnotif: bus up', 2)
        relay.terminate()
        code, numbers = relay.end()
        equal(0, code, f'exit code ({relay.lines})')
        equal(emitted, numbers['forwarded'] + numbers['lost'], 'emitted')
        listener.wait(numbers['forwarded'])
        listener.settle()
        check_once(listener, numbers['forwarded'])
        downs = relay.count('unixnotif: bus down')
        equal(1, downs, f'reports of the outage ({relay.lines})')
        return f'{emitted} emitted, {numbers["lost"]} lost'


def away(server: rabbitmq.RabbitMQ, seconds: float, lanes: int = 1) -> str:
    """Stop the broker, and start it again."""

    def disturb() -> None:
        server.stop()
        time.sleep(seconds)
        server.start()

    return disturbed(server, disturb, seconds=seconds, lanes=lanes)


def suspended(
    server: rabbitmq.RabbitMQ, seconds: float, lanes: int = 1
) -> str:
    """Suspend the broker, which then neither answers nor ends."""

    def disturb() -> None:
        server.suspend()
        time.sleep(seconds)
        server.resume()

    return disturbed(server, disturb, seconds=seconds, lanes=lanes)


def overloaded(url: str, count: int = 2000) -> str:
    """Emit faster than the bus accepts."""
    with Scene(url) as scene:
        services = [
            scene.emitter(
                exchange, ['notifications'], f'--count={count}', '--small',
                priorities=['info'], buffer=65536,
            )
            for exchange in ('nova', 'cinder')
        ]  # fmt: skip
        listener = scene.listener(*services)
        relay = scene.relay('--lanes=2', '--lost-topic=losses')
        for each in services:
            each.start()
        emitted = sum(len(each.emitted()) for each in services)
        relay.terminate()
        code, numbers = relay.end()
        equal(0, code, f'exit code ({relay.lines})')
        equal(emitted, numbers['forwarded'] + numbers['lost'], 'emitted')
        if not numbers['lost']:
            raise AssertionError('nothing was lost: no overload')
        listener.wait(numbers['forwarded'])
        listener.settle()
        check_once(listener, numbers['forwarded'])
        return f'{emitted} emitted, {numbers["lost"]} lost'


def refused(url: str) -> str:
    """Emit to a topic that the bus refuses: its queue has other properties."""
    with Scene(url) as scene:
        bad = scene.emitter('nova', ['bad'], '--count=1', priorities=['info'])
        good = scene.emitter(
            'cinder', ['good'], '--count=20', priorities=['info']
        )
        durable = scene.write_config('durable', url, durable=True)
        _declare_durable(durable, bad)
        listener = scene.listener(good)
        relay = scene.relay()
        bad.start()
        bad.emitted()
        good.start()
        good.emitted()
        _, seconds = processes.elapsed(
            lambda: relay.wait_for('unixnotif: refused ')
        )
        listener.wait(20)
        relay.terminate()
        code, numbers = relay.end()
        equal(1, code, 'exit code')
        equal(
            {'forwarded': 20, 'lost': 0, 'refused': 1, 'not forwarded': 0},
            {name.rpartition(': ')[2]: n for name, n in numbers.items()},
            'numbers',
        )
        if not 4 <= seconds <= 45:
            raise AssertionError(f'given up after {seconds:.0f} s')
        check_once(listener, 20)
        return f'given up after {seconds:.0f} s'


def _declare_durable(config: pathlib.Path, emitter: processes.Emitter) -> None:
    """Create the durable default queue of a topic, as a listener does."""
    conf = cfg.ConfigOpts()
    conf(['--config-file', str(config)], project='declare')
    transport = oslo_messaging.get_notification_transport(conf)
    listener = oslo_messaging.get_notification_listener(
        transport,
        [
            oslo_messaging.Target(
                topic=emitter.topics[0], exchange=emitter.exchange
            )
        ],
        [type('Endpoint', (), {'info': lambda *_: None})()],
        executor='threading',
    )
    listener.start()
    listener.stop()
    listener.wait()
    transport.cleanup()


def stopped(
    server: rabbitmq.RabbitMQ,
    state: str,
    stop_timeout: float = 3.0,
    lanes: int = 2,
) -> str:
    """Send SIGTERM while the bus is ``up``, ``away`` or ``suspended``."""
    with Scene(server.url, durable=True) as scene:
        service = scene.emitter(
            'nova', ['notifications'], '--count=300', '--rate=300', '--small',
            priorities=['info'],
        )  # fmt: skip
        listener = scene.listener(service)
        relay = scene.relay(
            f'--lanes={lanes}', f'--stop-timeout={stop_timeout}'
        )
        service.start()
        relay.wait_for('unixnotif: bus up')
        if state == 'away':
            server.stop()
        elif state == 'suspended':
            server.suspend()
        try:
            if state != 'up':
                relay.wait_for('unixnotif: bus down')
            relay.terminate()
            (code, numbers), seconds = processes.elapsed(relay.end)
        finally:
            if state == 'away':
                server.start()
            elif state == 'suspended':
                server.resume()
        emitted = len(service.emitted())
        equal(state == 'up', code == 0, f'exit code {code} ({relay.lines})')
        missing = numbers['not forwarded']
        equal(state == 'up', not missing, 'not forwarded')
        if seconds > stop_timeout + 10:
            raise AssertionError(f'the stop took {seconds:.0f} s')
        # The emitter goes on without the relay.
        if numbers['forwarded'] + numbers['lost'] + missing > emitted:
            raise AssertionError(f'{numbers}: more than {emitted}')
        listener.wait(numbers['forwarded'])
        listener.settle()
        arrived = len(listener.received)
        # Messages on their way at the end may still arrive.
        if not 0 <= arrived - numbers['forwarded'] <= lanes:
            raise AssertionError(f'{numbers}: {arrived} arrived')
        check_once(listener, arrived)
        return f'{seconds:.1f} s, {missing} not forwarded'


def stopped_while_refused(url: str, stop_timeout: float) -> str:
    """Send SIGTERM while the bus refuses a message that others wait for.

    :param stop_timeout: seconds; over 12, the relay has the time to give the
        message up, and to forward the others
    """
    with Scene(url) as scene:
        bad = scene.emitter('nova', ['bad'], '--count=1', priorities=['info'])
        good = scene.emitter(
            'cinder', ['good'], '--count=20', priorities=['info']
        )
        durable = scene.write_config('durable', url, durable=True)
        _declare_durable(durable, bad)
        listener = scene.listener(good)
        relay = scene.relay('--lanes=1', f'--stop-timeout={stop_timeout}')
        bad.start()
        bad.emitted()
        good.start()
        good.emitted()
        relay.terminate()
        (code, numbers), seconds = processes.elapsed(relay.end)
        equal(1, code, 'exit code')
        forwarded, lost, refused, missing = numbers.values()
        equal((21, 0), (forwarded + refused + missing, lost), f'{numbers}')
        if stop_timeout > 12:
            equal((20, 1), (forwarded, refused), f'{numbers}')
        if seconds > stop_timeout + 10:
            raise AssertionError(f'the stop took {seconds:.0f} s')
        listener.wait(forwarded)
        listener.settle()
        check_once(listener, len(listener.received))
        # The last message may have been on its way at the end.
        if not 0 <= len(listener.received) - forwarded <= 1:
            raise AssertionError(
                f'{numbers}: {len(listener.received)} arrived'
            )
        return f'{seconds:.1f} s, {refused} refused, {missing} not forwarded'


def kafka(count: int = 140) -> str:
    """Compare all fields through the mock cluster of librdkafka."""
    import confluent_kafka

    producer = confluent_kafka.Producer({'test.mock.num.brokers': 1})
    broker, *_ = producer.list_topics(timeout=30).brokers.values()
    return fields(
        f'kafka://{broker.host}:{broker.port}/',
        count=count,
        ordered=False,
        # Creates the topic.
        prepare=lambda topic: producer.list_topics(topic, timeout=30),
    )
