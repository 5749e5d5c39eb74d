# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0


"""Everything that ``unixnotif relay`` reports, on stderr and elsewhere.

Rule: peers and buses decide how much there is to report; the relay prints at
most a few lines in a second, and each number is complete at the end.
"""

import collections
from collections.abc import Callable
from typing import Final

from unixnotif import clock
from unixnotif import consumer
from unixnotif import errors
from unixnotif import grammar
from unixnotif import notification
from unixnotif import relay
from unixnotif.cli import app
from unixnotif.cli import subscriber

# Seconds between two writes of the metrics file.
_METRICS_INTERVAL: Final = 5.0
_INTERVAL: Final = 1.0

#: Publishes a notification of the relay itself; False if it has to wait.
Send = Callable[[notification.Notification], bool]


class Report:
    """Watches one run of the relay.

    :param source: of the relay
    :param bus: of the relay
    :param bus_log: the last error of the libraries
    :param stopping: returns True when the relay ends its subscription
    :param lost_topic: topic for lost notifications, or None
    :param metrics_file: path, or None

    :ivar accounts: for the lanes
    :ivar health: for the lanes
    """

    def __init__(
        self,
        source: consumer.Consumer,
        bus: relay.Bus,
        bus_log: relay.BusLog,
        stopping: Callable[[], bool],
        *,
        lost_topic: str | None = None,
        metrics_file: str | None = None,
    ) -> None:
        self.accounts = relay.Accounts()
        self.health = relay.Health()
        self._source = source
        self._bus = bus
        self._bus_log = bus_log
        self._stopping = stopping
        self._supervisor = relay.Supervisor()
        self._losses = subscriber.Losses(source, _report_lost)
        where = str(source.address)
        self._lost_topic = lost_topic and relay.LostTopic(lost_topic, where)
        self._metrics = metrics_file and relay.Metrics(
            metrics_file,
            where,
            self.accounts,
            self.health,
            source.lost_reasons,
        )
        self._metrics_file = metrics_file
        self._next_metrics = clock.monotonic()
        self._limiter = clock.RateLimiter(_INTERVAL)
        self._ready = False
        self._subscribed = True
        self._up: bool | None = None

    def start(self) -> None:
        """Write the first metrics.

        :raises UnixNotifError: the file cannot be written
        """
        if self._metrics:
            try:
                self._metrics.write()
            except OSError as e:
                raise errors.UnixNotifError(
                    f'option --metrics-file: cannot write '
                    f'{self._metrics_file}: {e.strerror}'
                ) from None

    def wait(self) -> None:
        """Report that the relay waits for the address; call this often."""
        if not self._ready:
            # systemd must not delay the boot until the service has started.
            self._ready = True
            self._supervisor.ready(f'waiting for {self._source.address}')
        self._supervisor.ping()
        self._write_metrics()

    def subscribed(self) -> None:
        """Report that the relay is subscribed, and forwards notifications."""
        self._ready = True
        self._supervisor.ready(f'forwarding to {self._bus.name}')

    def look(self, send: Send) -> None:
        """Report what has changed; call this often.

        :param send: for the lost topic
        """
        self._supervisor.ping()
        lost = self._losses.report()
        if self._lost_topic:
            self._lost_topic.add(lost)
            _send_lost(self._lost_topic, send)
        self._look_at_bus()
        self._look_at_refusals()
        self._look_at_source()
        self._write_metrics()

    def stop(self, send: Send) -> None:
        """Report that the relay reads no more."""
        self._supervisor.stopping()
        self.look(send)
        self._losses.finish()
        if self._lost_topic:
            _send_lost(self._lost_topic, send, at_once=True)

    def close(self) -> relay.Totals:
        """Close the accounts, and report all numbers."""
        totals = self.accounts.close()
        self._look_at_bus()
        self._look_at_refusals(at_once=True)
        self._write_metrics(at_once=True)
        app.say(
            f'forwarded {totals.forwarded}, lost {self._source.lost}, refused '
            f'{totals.refused}, not forwarded {totals.not_forwarded}'
        )
        return totals

    def describe(self, error: BaseException) -> str:
        """Return the text of an error of the bus, for one line."""
        text = str(error) or type(error).__name__
        return self._bus.secrets.hide(relay.shorten(text))

    def _look_at_bus(self) -> None:
        state = self.health.state()
        if state.up is None or state.up == self._up:
            return
        self._up = state.up
        logged = self._bus_log.take()
        if state.up:
            app.say(f'bus up: {self._bus.name}')
            self._supervisor.status(f'forwarding to {self._bus.name}')
        else:
            reason = self._bus.secrets.hide(logged) or state.reason
            app.say(f'bus down: {self._bus.name}: {reason}')
            self._supervisor.status(f'waiting for {self._bus.name}')

    def _look_at_refusals(self, at_once: bool = False) -> None:
        if not at_once and not self._limiter.allows('refused'):
            return
        refusals, others = self.accounts.take_refusals()
        for each in refusals:
            app.say(f'refused {each}')
        if others:
            app.say(f'refused {grammar.quantity(others, "more notification")}')

    def _look_at_source(self) -> None:
        subscribed = self._source.subscribed
        if subscribed != self._subscribed and not self._stopping():
            self._subscribed = subscribed
            app.say(
                'subscribed'
                if subscribed
                else f'waiting: {self._source.address} is gone'
            )

    def _write_metrics(self, at_once: bool = False) -> None:
        if not self._metrics:
            return
        if not at_once and clock.monotonic() < self._next_metrics:
            return
        self._next_metrics = clock.monotonic() + _METRICS_INTERVAL
        try:
            self._metrics.write()
        except OSError as e:
            app.say(f'cannot write {self._metrics_file}: {e.strerror}')


def _report_lost(lost: collections.Counter[str]) -> None:
    total = grammar.quantity(lost.total(), 'notification')
    app.say(f'lost {total} ({grammar.counts(lost)})')


def _send_lost(
    topic: relay.LostTopic, send: Send, at_once: bool = False
) -> None:
    message = topic.message(at_once)
    if message and send(message):
        topic.sent()
