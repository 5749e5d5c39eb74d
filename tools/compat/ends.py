# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The two ends of a check, each run by the interpreter of one version.

Rule: only public names that every version has. Each end answers with one line
of JSON; ``emit`` waits for a line on standard input between its steps.
"""

from collections.abc import Callable
import json
import sys
from typing import Any

import unixnotif
from unixnotif import notification
from unixnotif import recording

#: Sizes of payloads: a record, a long line, a memfd.
SIZES = (10, 40_000, 300_000)


def _document(number: int, size: int) -> bytes:
    return unixnotif.Notification(
        message_id=str(number),
        publisher_id='compat:host',
        event_type='compat.check',
        priority='INFO',
        timestamp='2026-11-26 10:00:00.000000',
        payload={'number': number, 'text': 'x' * size},
        context={'request_id': 'req-1'},
    ).encode()


def _answer(**values: Any) -> None:
    print(json.dumps(values), flush=True)


def emit(uri: str, sizes: str) -> None:
    """Publish each size once, fill the buffer, and publish once more."""
    publisher = unixnotif.Publisher(uri, send_buffer_size=400_000)
    publisher.open()
    _answer(ready=True)
    sys.stdin.readline()
    number = 0
    for size in SIZES if sizes == 'large' else SIZES[:-1]:
        publisher.publish(_document(number, size))
        number += 1
    _answer(emitted=number)
    sys.stdin.readline()
    dropped = 0
    while dropped < 5:
        delivery = publisher.publish(_document(number, 900))
        dropped += sum(delivery.dropped.values())
        number += 1
    _answer(emitted=number)
    sys.stdin.readline()
    publisher.close()
    _answer(closed=True)


def consume(uri: str, group: str) -> None:
    """Receive all waiting notifications at each line of standard input."""
    with unixnotif.Consumer(uri, group or None) as consumer:
        _answer(ready=True)
        numbers: list[int] = []
        while sys.stdin.readline():
            while (received := consumer.receive(0.3)) is not None:
                numbers.append(received.payload['number'])
            _answer(
                numbers=numbers,
                lost=consumer.lost,
                rejected=consumer.rejected.total(),
            )


def write(path: str) -> None:
    """Write a recording."""
    with recording.Writer(path) as writer:
        for number in range(3):
            decoded = notification.decode(_document(number, 10))
            assert isinstance(decoded, notification.Notification)
            writer.write([recording.Recorded.now(decoded)])
        writer.write([recording.RecordedLost.now({'buffer_full': 7})])


def read(path: str) -> None:
    """Print what a recording contains."""
    contents: list[Any] = []
    for line in recording.read(path):
        if isinstance(line, recording.Recorded):
            contents.append(line.notification.payload['number'])
        else:
            contents.append(line.reasons)
    print(json.dumps(contents))


_ENDS: dict[str, Callable[..., None]] = {
    'emit': emit,
    'consume': consume,
    'write': write,
    'read': read,
}

if __name__ == '__main__':
    _ENDS[sys.argv[1]](*sys.argv[2:])
