# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Batches: the documents that a consumer reads from one connection at once.

Rule: a batch is bounded by work, whatever the peer sends. Work is counted in
bytes, and stands for the time of reading and of parsing.
"""

from collections.abc import Callable
import enum
from typing import Final

from unixnotif import clock
from unixnotif import document
from unixnotif import errors
from unixnotif import notification
from unixnotif.consumer import turns

#: Work of each document, of each new connection, and of each connection that
#: ends. The work of a larger document includes its bytes, too.
COST: Final = 4 * 1024
# Work of a container, which costs a parser more than its bytes do.
_COST_OF_CONTAINER: Final = 64
# Size up to which a document holds too few containers to count them.
_LEAST_WEIGHED: Final = 512
# Work of an invalid record: it can carry 253 descriptors to close.
_COST_OF_ERROR: Final = 64 * COST

# Bytes of a document that is decoded in much less than a millisecond.
_LARGE: Final = 64 * 1024
# Seconds to decode a byte, and an item (a number) of a large document, on a
# slow machine.
_SECONDS_OF_BYTE: Final = 8e-9
_SECONDS_OF_ITEM: Final = 1e-6
_MOST_SECONDS_OF_ITEMS: Final = _SECONDS_OF_ITEM * document.MAX_ITEMS

#: A document with its sender, or the error of a peer.
Item = tuple[bytes, notification.Sender] | errors.PeerError


class State(enum.Enum):
    """The state of a connection after a batch."""

    #: There may be more to read.
    MORE = enum.auto()
    #: All was read.
    EMPTY = enum.auto()
    #: The connection has ended.
    ENDED = enum.auto()


def read(
    reader: turns.Reader,
    take: Callable[[Item], object],
    most: int,
    room: int,
) -> tuple[int, State]:
    """Read a batch.

    :param take: called with each item
    :param most: maximum number of documents
    :param room: maximum of work, which one large document may exceed
    :returns: the work, and the state of the connection
    """
    if room < most * COST:
        most = -(-room // COST)
    sender = reader.sender
    receive = reader.read
    large = count = 0
    state = State.MORE
    try:
        # Small documents are counted, the bytes of large ones are added.
        for count in range(1, most + 1):  # noqa: B007
            try:
                data = receive()
            except errors.PeerError as e:
                take(e)
                large += _COST_OF_ERROR
                if reader.is_suspect:
                    break
            else:
                if data:
                    take((data, sender))
                    if len(data) <= _LEAST_WEIGHED:
                        continue
                    large += _weigh(data, room)
                elif data is None:
                    # There was nothing to read: no work.
                    large -= COST
                    state = State.EMPTY
                    break
                else:
                    # Only a part of a line: read other connections next.
                    large += _COST_OF_ERROR
                    break
            if large >= room:
                break
    except EOFError:
        state = State.ENDED
    return count * COST + large, state


def is_late(item: Item, deadline: float) -> bool:
    """Return True if the time may be too short to decode a large document.

    :param deadline: time of :func:`clock.monotonic`
    """
    if isinstance(item, errors.PeerError):
        return False
    data, _ = item
    if len(data) <= _LARGE:
        return False
    remaining = deadline - clock.monotonic()
    remaining -= _SECONDS_OF_BYTE * len(data)
    if remaining >= _MOST_SECONDS_OF_ITEMS:
        return False
    return remaining < _SECONDS_OF_ITEM * data.count(b',')


def _weigh(data: bytes, room: int) -> int:
    """Return the work of a document, apart from COST."""
    if len(data) >= room:
        # The document ends the batch in any case.
        return len(data)
    work = _COST_OF_CONTAINER * document.count_containers(data)
    return work + len(data) if len(data) > COST else work
