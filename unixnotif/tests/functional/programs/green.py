# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""A service under ``eventlet.monkey_patch()``.

Usage: ``python -m ... CONFIG``. Greenlets and native threads emit with one
Notifier, and a consumer in the same process receives. The program prints its
results as one line of JSON.
"""

# First of all, as services do it.
import eventlet  # type: ignore[import-untyped]

eventlet.monkey_patch()

import json  # noqa: E402
import sys  # noqa: E402
from typing import Any  # noqa: E402

from eventlet import hubs  # noqa: E402
from eventlet import tpool  # noqa: E402

from unixnotif import consumer  # noqa: E402
from unixnotif.tests.functional.programs import service  # noqa: E402

_EMITTERS = 8
_COUNT = 200


def count_switches(call: Any) -> int:
    """Count how often a call switches to the hub, which runs greenlets."""
    hub = hubs.get_hub()
    switch = hub.switch
    switches = 0

    def counting() -> Any:
        nonlocal switches
        switches += 1
        return switch()

    hub.switch = counting
    try:
        call()
    finally:
        del hub.switch
    return switches


def main() -> None:
    """Emit in every way, and receive."""
    notifier = service.make_notifier(sys.argv[1])
    uri = sys.argv[2]
    source = consumer.Consumer(uri)
    found: dict[str, Any] = {}

    # No subscriber, a first connection, and enough to fill the buffer.
    notifier.info({}, 'early', {})
    found['alone'] = count_switches(lambda: notifier.info({}, 'early', {}))
    source.subscribe()
    found['first'] = count_switches(lambda: notifier.info({}, 'first', {}))

    def burst() -> None:
        for _ in range(200):
            notifier.info({}, 'burst', 'x' * 10_000)
        notifier.info({}, 'burst', 'x' * 200_000)

    # The first burst logs the warning about drops, and logging may yield.
    burst()
    found['full'] = count_switches(burst)
    found['large'] = 0
    while (received := source.receive(0)) is not None:
        found['large'] += len(received.payload) > 10_000

    # A greenlet that waits for a notification lets the others run.
    ran: list[Any] = []
    waiting = eventlet.spawn(lambda: ran.append(source.receive(60)))
    eventlet.sleep(0)
    notifier.info({}, 'awaited', {})
    waiting.wait()
    found['waited'] = [each and each.event_type for each in ran]

    # Greenlets and native threads at once, and a greenlet that receives.
    def emit(name: str) -> None:
        for i in range(_COUNT):
            notifier.info({}, 'numbered', {'name': name, 'n': i})

    def emit_green(name: str) -> None:
        for i in range(_COUNT):
            notifier.info({}, 'numbered', {'name': name, 'n': i})
            eventlet.sleep(0)

    lost = source.lost
    last: dict[str, int] = {}
    disorder = 0
    emitting = [
        eventlet.spawn(emit_green, f'green{i}') for i in range(_EMITTERS)
    ]
    emitting += [
        eventlet.spawn(tpool.execute, emit, f'native{i}')
        for i in range(_EMITTERS)
    ]
    expected = 2 * _EMITTERS * _COUNT
    count = 0
    while count + source.lost - lost < expected:
        received = source.receive(60)
        if received is None:
            break
        count += 1
        name, number = received.payload['name'], received.payload['n']
        disorder += number <= last.get(name, -1)
        last[name] = number
    for each in emitting:
        each.wait()
    found['numbered'] = count
    found['lost'] = source.lost - lost
    found['disorder'] = disorder
    found['expected'] = expected
    tpool.killall()
    sys.stdout.write(json.dumps(found) + '\n')


if __name__ == '__main__':
    main()
