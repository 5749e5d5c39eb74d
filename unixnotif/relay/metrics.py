# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0


"""Metrics: a text file for the node exporter of Prometheus.

Rule: a reader of the file always sees one complete version of it.
"""

from collections.abc import Iterable
from collections.abc import Mapping

import prometheus_client
from prometheus_client import core
from prometheus_client import registry

from unixnotif import outputs
from unixnotif.relay import bus_health
from unixnotif.relay import tally

_PREFIX = 'unixnotif_relay_'


class Metrics(registry.Collector):
    """Writes the numbers of a relay to a file.

    :param path: of the file; its directory must exist
    :param address: the URI that the relay reads, as a label
    :param lost: lost notifications by reason; read at each :meth:`write`
    """

    def __init__(
        self,
        path: str,
        address: str,
        accounts: tally.Accounts,
        health: bus_health.Health,
        lost: Mapping[str, int],
    ) -> None:
        self._path = path
        self._address = address
        self._accounts = accounts
        self._health = health
        self._lost = lost
        self._registry = prometheus_client.CollectorRegistry()
        self._registry.register(self)

    def write(self) -> None:
        """Replace the file.

        :raises OSError: the file cannot be written
        """
        with outputs.replacing(self._path) as file:
            file.write(prometheus_client.generate_latest(self._registry))

    def collect(self) -> Iterable[core.Metric]:
        """Yield all metrics, with their values at this moment."""
        totals = self._accounts.totals()
        state = self._health.state()
        yield self._counter(
            'received', 'Notifications that the relay received.',
            totals.received,
        )  # fmt: skip
        yield self._counter(
            'forwarded',
            'Notifications that the bus accepted.',
            totals.forwarded,
        )
        yield self._counter(
            'refused', 'Notifications that the bus refused.', totals.refused
        )
        lost = core.CounterMetricFamily(
            f'{_PREFIX}lost',
            'Notifications that publishers dropped for the relay.',
            labels=('address', 'reason'),
        )
        for reason, count in sorted(self._lost.items()):
            lost.add_metric((self._address, reason), count)
        yield lost
        yield self._gauge(
            'not_forwarded',
            'Notifications that were received and wait for the bus.',
            totals.not_forwarded,
        )
        yield self._gauge(
            'bus_up',
            '0 if the bus is down; 1 if it is up, or has not been used yet.',
            int(state.up is not False),
        )
        yield self._gauge(
            'seconds_since_success',
            'Seconds since the bus accepted a message, or since the start.',
            state.since_success,
        )

    def _counter(self, name: str, text: str, value: int) -> core.Metric:
        made = core.CounterMetricFamily(
            _PREFIX + name, text, labels=('address',)
        )
        made.add_metric((self._address,), value)
        return made

    def _gauge(self, name: str, text: str, value: float) -> core.Metric:
        made = core.GaugeMetricFamily(
            _PREFIX + name, text, labels=('address',)
        )
        made.add_metric((self._address,), value)
        return made
