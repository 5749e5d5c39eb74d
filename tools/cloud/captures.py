# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The notifications that a subscriber, or a listener on the bus, received.

Rule: pure values, and one function for each file format.
"""

from collections.abc import Iterable
import dataclasses
import json
from pathlib import Path

from unixnotif import notification
from unixnotif import recording


@dataclasses.dataclass(frozen=True)
class Received:
    """A notification.

    :ivar message_id: unique, whatever driver delivers it
    :ivar pid: emitting process, or None on the bus
    :ivar topics: of the notifier; none on the bus
    """

    message_id: str
    event_type: str
    pid: int | None = None
    topics: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Capture:
    """Everything that arrived, in order.

    :ivar lost: number of notifications reported as lost
    """

    received: tuple[Received, ...]
    lost: int = 0

    def since(self, earlier: 'Capture') -> 'Capture':
        """Return the part that arrived after an earlier capture."""
        return Capture(
            self.received[len(earlier.received) :], self.lost - earlier.lost
        )

    def only(self, topic: str) -> 'Capture':
        """Return the notifications with a topic."""
        found = [each for each in self.received if topic in each.topics]
        return Capture(tuple(found), self.lost)

    def count(self) -> int:
        """Return the number of notifications."""
        return len(self.received)


def read_recording(path: Path) -> Capture:
    """Read a file of ``unixnotif record``."""
    received, lost = [], 0
    for line in recording.read(str(path)):
        if isinstance(line, notification.Lost):
            lost += line.count
        else:
            found = line.notification
            pid = found.sender.pid if found.sender else None
            received.append(
                Received(
                    str(found.message_id),
                    found.event_type,
                    pid,
                    tuple(found.topics),
                )
            )
    return Capture(tuple(received), lost)


def read_lines(path: Path) -> Capture:
    """Read the output of the witness, or of the listener on the bus."""
    try:
        text = path.read_text()
    except FileNotFoundError:
        return Capture(())
    # The last line may not be complete yet.
    lines = text.split('\n')[:-1]
    return from_lines(map(json.loads, lines))


def from_lines(lines: Iterable[dict[str, object]]) -> Capture:
    """Return the capture of decoded lines."""
    received, lost = [], 0
    for line in lines:
        count = line.get('lost')
        if isinstance(count, int):
            lost += count
        else:
            pid = line.get('pid')
            received.append(
                Received(
                    str(line['message_id']),
                    str(line['event_type']),
                    pid if isinstance(pid, int) else None,
                    tuple(str(line.get('topics', '')).split()),
                )
            )
    return Capture(tuple(received), lost)
