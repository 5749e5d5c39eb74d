# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0


"""The processes of a scenario: emitters, the relay, and stock listeners.

Rule: no sleep replaces a check. Only a wait that fails reaches its deadline.
"""

from collections.abc import Callable
from collections.abc import Sequence
import contextlib
import json
import pathlib
import re
import signal
import subprocess
import sys
import threading
import time
from typing import Any

from oslo_config import cfg
import oslo_messaging

from tools.relay import emitters

#: Seconds; only a wait that fails takes so long.
DEADLINE = 180.0

#: Context and envelope of a notification.
Emitted = tuple[dict[str, Any], dict[str, Any]]


class Emitter:
    """A service that is ready to emit.

    :param uri: where it publishes
    :param top: directory for its configuration file
    :param exchange: its control_exchange
    :param topics: of each notification
    :param options: of :mod:`tools.relay.emitters`
    :param priorities: used in turns
    :param buffer: option send_buffer_size
    """

    def __init__(
        self,
        uri: str,
        top: pathlib.Path,
        exchange: str,
        topics: Sequence[str],
        *options: str,
        priorities: Sequence[str] = emitters.PRIORITIES,
        buffer: int = 4 << 20,
    ) -> None:
        self.exchange = exchange
        self.topics = tuple(topics)
        self.priorities = tuple(priorities)
        config = top / f'{exchange}.conf'
        config.write_text(
            f'[DEFAULT]\ncontrol_exchange = {exchange}\n'
            '[oslo_messaging_notifications]\ndriver = unix\ndriver = test\n'
            f'[oslo_messaging_unix]\nsocket_uri = {uri}\n'
            f'send_buffer_size = {buffer}\n'
        )
        self._process = subprocess.Popen(
            [
                sys.executable, '-W', 'ignore', '-m', 'tools.relay.emitters',
                str(config), ','.join(topics),
                '--priorities', ','.join(priorities), *options,
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )  # fmt: skip
        assert self._process.stdout is not None
        if self._process.stdout.readline() != 'ready\n':
            raise AssertionError('an emitter has ended')

    def start(self) -> None:
        """Start to emit."""
        assert self._process.stdin is not None
        self._process.stdin.write('go\n')
        self._process.stdin.flush()

    def emitted(self) -> list[Emitted]:
        """Wait for its end; return what it has emitted."""
        out, _ = self._process.communicate(timeout=DEADLINE)
        return [tuple(json.loads(line)) for line in out.splitlines()]

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.communicate()


class Relay:
    """``unixnotif relay``, subscribed.

    :param uri: where it reads
    :param config: configuration file with the URL of the bus
    :param options: of the command

    :ivar lines: on stderr, until now
    """

    def __init__(self, uri: str, config: pathlib.Path, *options: str) -> None:
        self._process = subprocess.Popen(
            [
                sys.executable, '-m', 'unixnotif.cli', 'relay', uri,
                '--config-file', str(config), *options,
            ],
            stderr=subprocess.PIPE,
            text=True,
        )  # fmt: skip
        self.lines: list[str] = []
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._read)
        self._thread.start()
        self.wait_for('unixnotif: subscribed')

    def _read(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            with self._changed:
                self.lines.append(line.rstrip('\n'))
                self._changed.notify_all()

    def wait_for(self, prefix: str, count: int = 1) -> None:
        """Wait for a number of lines with a prefix."""
        with self._changed:
            if not self._changed.wait_for(
                lambda: self.count(prefix) >= count, DEADLINE
            ):
                raise AssertionError(
                    f'the relay did not print {prefix!r}: {self.lines}'
                )

    def count(self, prefix: str) -> int:
        """Return the number of lines with a prefix."""
        return sum(line.startswith(prefix) for line in self.lines)

    def terminate(self) -> None:
        """Send SIGTERM."""
        self._process.send_signal(signal.SIGTERM)

    def end(self) -> tuple[int, dict[str, int]]:
        """Wait for the end; return the exit code and the numbers."""
        code = self._process.wait(DEADLINE)
        self._thread.join()
        numbers = re.findall(r'([a-z ]+) (\d+)', self.lines[-1])
        return code, {name.strip(): int(n) for name, n in numbers}

    def close(self) -> None:
        """End the process."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self._thread.join()


class Listener:
    """Stock listeners of oslo.messaging, one for each topic and exchange.

    A pool has a queue for one exchange; without a pool, RabbitMQ delivers the
    notifications of all exchanges.

    :param config: configuration file with the URL of the bus
    :param targets: topics and exchanges
    :param priorities: to listen to

    :ivar received: topic, exchange, priority, context and envelope, in order
    """

    def __init__(
        self,
        config: pathlib.Path,
        targets: Sequence[tuple[str, str]],
        priorities: Sequence[str] = emitters.PRIORITIES,
    ) -> None:
        conf = cfg.ConfigOpts()
        conf(['--config-file', str(config)], project='listener')
        self._changed = threading.Condition()
        self.received: list[tuple[str, str, str, Any, dict[str, Any]]] = []
        self._transport = oslo_messaging.get_notification_transport(conf)
        self._listeners = [
            oslo_messaging.get_notification_listener(
                self._transport,
                [oslo_messaging.Target(topic=topic, exchange=exchange)],
                [_Endpoint(topic, exchange, priorities, self._add)],
                executor='threading',
                pool=f'check-{topic}-{exchange}',
            )
            for topic, exchange in targets
        ]
        for each in self._listeners:
            # One thread keeps the order.
            each.start(override_pool_size=1)

    def _add(self, *received: Any) -> None:
        with self._changed:
            self.received.append(received)
            self._changed.notify_all()

    def wait(self, count: int) -> None:
        """Wait for a number of notifications."""
        with self._changed:
            self._changed.wait_for(
                lambda: len(self.received) >= count, DEADLINE
            )

    def settle(self, seconds: float = 1.0) -> None:
        """Wait until nothing arrives any more."""
        with self._changed:
            while True:
                before = len(self.received)
                if not self._changed.wait_for(
                    lambda: len(self.received) > before,  # noqa: B023
                    seconds,
                ):
                    return

    def close(self) -> None:
        """Stop listening."""
        for each in self._listeners:
            each.stop()
            each.wait()
        self._transport.cleanup()


class _Endpoint:
    def __init__(
        self,
        topic: str,
        exchange: str,
        priorities: Sequence[str],
        add: Callable[..., None],
    ) -> None:
        def new_method(priority: str) -> Callable[..., None]:
            def method(
                ctxt: Any,
                publisher_id: Any,
                event_type: str,
                payload: Any,
                metadata: dict[str, Any],
            ) -> None:
                envelope = {
                    'publisher_id': publisher_id,
                    'event_type': event_type,
                    'payload': payload,
                    'priority': priority.upper(),
                    **metadata,
                }
                add(topic, exchange, priority, ctxt, envelope)

            return method

        for priority in priorities:
            setattr(self, priority, new_method(priority))


class Stack(contextlib.ExitStack):
    """Closes everything that a scenario has started."""

    def add(self, started: Any) -> Any:
        """Close this at the end; return it."""
        self.callback(started.close)
        return started


def elapsed(function: Callable[[], Any]) -> tuple[Any, float]:
    """Return the result of a function, and how long it took."""
    begin = time.monotonic()
    return function(), time.monotonic() - begin
