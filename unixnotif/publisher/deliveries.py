# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Documents that go into a publisher, and their deliveries."""

from collections.abc import Callable
import functools
from typing import Final
from typing import NamedTuple

#: A document, or a function that encodes it if there is a subscriber.
Document = bytes | Callable[[], bytes]


class Delivery(NamedTuple):
    """Result of publishing one document.

    :ivar subscribers: number of subscribers; a group counts as one
    :ivar delivered: number of subscribers with the document in their queue
    :ivar dropped: number of other subscribers, by reason
    """

    subscribers: int
    delivered: int
    dropped: dict[str, int]


@functools.lru_cache(maxsize=64)
def complete(subscribers: int) -> Delivery:
    """Return the delivery of a document that no subscriber missed.

    Deliveries are cached: creating one takes as long as a system call.
    """
    return Delivery(subscribers, subscribers, {})


#: The delivery of a document when there was no subscriber.
NOBODY: Final = Delivery(0, 0, {})
