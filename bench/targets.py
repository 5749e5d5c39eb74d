# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The performance targets of the project, compared with measurements.

Rule: pure functions on the rows of the jobs. The limits are ratios, which are
valid on any machine, except for targets whose text names a unit. The check
skips targets without a measurement.
"""

from collections.abc import Iterable
from collections.abc import Iterator
from typing import Any
from typing import NamedTuple

Rows = list[dict[str, Any]]
Results = dict[str, Rows]

_ADDRESSES = ('unix+dir', 'unix')
# Milliseconds by which a hostile member of the group may delay a call.
_MAX_ABOVE_CALM_MS = 50.0

_MAX_STALLS_ABOVE_NOOP = 2.0


class Target(NamedTuple):
    """One target, and the measured value.

    :ivar at_most: True if ``limit`` is an upper limit
    """

    text: str
    limit: float
    measured: float
    at_most: bool = True

    @property
    def met(self) -> bool:
        """True if the measured value meets the target."""
        if self.at_most:
            return self.measured <= self.limit
        return self.measured >= self.limit

    def row(self) -> dict[str, Any]:
        """Return the target as a row, for the table and for JSON."""
        return {
            'target': self.text,
            'limit': self.limit,
            'measured': self.measured,
            'verdict': 'met' if self.met else 'MISSED',
        }


def check(results: Results) -> list[Target]:
    """Return the verdicts on these results."""
    return [
        *_cost(results.get('cost', [])),
        *_floor(results.get('floor', [])),
        *_startup(results.get('startup', [])),
        *_stalls(results.get('stalls', [])),
        *_latency(results.get('latency', [])),
        *_throughput(results.get('throughput', [])),
        *_relay(results.get('relay', [])),
        *_listener(results.get('listener', [])),
        *_contract(results.get('contract', [])),
        *map(of_attack, results.get('hostile', [])),
    ]


def of_attack(row: dict[str, Any]) -> Target:
    """Return the target of one row of :mod:`bench.hostile`."""
    return Target(
        f'{row["call"]}, {row["address"]}, {row["attack"]}: ms above the '
        'undisturbed call',
        _MAX_ABOVE_CALM_MS,
        row['above_ms'],
    )


def _listener(rows: Rows) -> Iterator[Target]:
    for row in rows:
        if row['contender'] == 'unix+dir':
            yield Target(
                f'listener, unix+dir, {row["payload"]}: relative to a '
                'listener without a transport',
                0.8,
                row['of_no_transport'],
                at_most=False,
            )


def _contract(rows: Rows) -> Iterator[Target]:
    for row in rows:
        yield Target(
            f'check of {row["payloads"]} payloads x {row["versions"]} '
            'versions: s',
            2.0,
            row['total_s'],
        )


def _relay(rows: Rows) -> Iterator[Target]:
    for row in rows:
        # With a near server, the processor limits several lanes: no target.
        for name, column, other, limit, least_ms in (
            ('relay, 1 lane', 'of_notifier', 'the Notifier', 0.8, 0),
            ('relay, 4 lanes', 'of_one_lane', 'one lane', 1.5, 1),
        ):
            if row['contender'] != name or row['far_ms'] < least_ms:
                continue
            yield Target(
                f'{name}, {row["far_ms"]} ms away: relative to {other}',
                limit,
                row[column],
                at_most=False,
            )


def _only(rows: Rows, **wanted: object) -> dict[str, Any] | None:
    """Return the row with these values; None if there is none."""
    for row in rows:
        if all(row[key] == value for key, value in wanted.items()):
            return row
    return None


def _cost(rows: Rows) -> Iterator[Target]:
    one_subscriber = [
        ('BIG', 'orjson', 0.04),
        ('BIG', 'stdlib', 0.12),
        ('SMALL', 'orjson', 0.20),
        ('SMALL', 'stdlib', 0.20),
    ]
    for address in _ADDRESSES:
        for payload, serializer, limit in one_subscriber:
            row = _only(
                rows,
                mode='hot',
                contender=address,
                subscribers=1,
                payload=payload,
                serializer=serializer,
            )
            if row:
                yield Target(
                    f'{address}, 1 subscriber, {payload}, {serializer}: '
                    'relative to the log driver',
                    limit,
                    row['of_log'],
                )
        for payload in ('BIG', 'SMALL'):
            row = _only(
                rows,
                mode='hot',
                contender=address,
                subscribers=0,
                payload=payload,
            )
            if row:
                yield Target(
                    f'{address}, no subscriber, {payload}: relative to noop',
                    1.15,
                    row['of_noop'],
                )
            yield from _further(rows, address, payload)


def _further(rows: Rows, address: str, payload: str) -> Iterator[Target]:
    few, many = 1, 64
    costs = [
        row['us']
        for count in (few, many)
        for row in rows
        if row['mode'] == 'awake'
        and row['contender'] == address
        and row['payload'] == payload
        and row['subscribers'] == count
        and row['serializer'] == 'orjson'
    ]
    if len(costs) == 2:
        yield Target(
            f'{address}, each further awake subscriber, {payload}: us',
            5.0,
            (costs[1] - costs[0]) / (many - few),
        )


def _floor(rows: Rows) -> Iterator[Target]:
    for row in rows:
        yield Target(
            f'{row["call"]}, {row["payload"]}: relative to the floor',
            row['limit'],
            row['of_floor'],
        )


def _startup(rows: Rows) -> Iterator[Target]:
    for row in rows:
        yield Target(f'{row["start"]}: ms', row['limit'], row['ms'])


def _stalls(rows: Rows) -> Iterator[Target]:
    for row in rows:
        calm = _only(rows, threads=row['threads'], contender='noop')
        if calm and row['contender'].startswith(_ADDRESSES):
            yield Target(
                f'{row["contender"]}, {row["threads"]} computing: calls over '
                '4 ms of 200, above noop',
                _MAX_STALLS_ABOVE_NOOP,
                row['stalls_of_200'] - calm['stalls_of_200'],
            )


def _latency(rows: Rows) -> Iterator[Target]:
    peers = [('messagingv2 rabbit', 0.10), ('zmq', 0.9)]
    for address, payload in _each(rows):
        mine = _only(rows, contender=address, payload=payload)
        for peer, limit in peers:
            other = _only(rows, contender=peer, payload=payload)
            if mine and other:
                yield Target(
                    f'{address}, latency p50, {payload}: relative to {peer}',
                    limit,
                    mine['p50_us'] / other['p50_us'],
                )


def _throughput(rows: Rows) -> Iterator[Target]:
    for emitter in ('notifier', 'bytes'):
        for address, payload in _each(rows):
            row = _only(
                rows, contender=address, payload=payload, emitter=emitter
            )
            if row and row['received_of_zmq'] is not None:
                yield Target(
                    f'{address}, throughput ({emitter}), {payload}: received '
                    'relative to zmq',
                    1.0,
                    row['received_of_zmq'],
                    at_most=False,
                )


def _each(rows: Rows) -> Iterable[tuple[str, str]]:
    if not rows:
        return []
    return [(a, p) for a in _ADDRESSES for p in ('BIG', 'SMALL')]
