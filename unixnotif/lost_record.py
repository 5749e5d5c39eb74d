# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The lost record: a document with the numbers of dropped notifications.

Rule: pure functions on values. Readers use
:class:`unixnotif.notification.Lost`.
"""

from collections.abc import Mapping
from typing import Final

from unixnotif import document

#: Maximum count of a lost record on the wire; sums of many fit 64 bits.
MAX_LOST: Final = 2**32 - 1
#: Maximum number of reasons in a lost record, and in a consumer.
MAX_REASONS: Final = 100


def encode(reasons: Mapping[str, int]) -> bytes:
    """Return a lost record as UTF-8 bytes without a newline.

    :param reasons: numbers of dropped notifications by reason; if their sum
        exceeds :data:`MAX_LOST`, that number is written
    """
    held = {}
    room = MAX_LOST
    for reason, count in reasons.items():
        held[reason] = min(count, room)
        room -= held[reason]
    return document.encode(
        {'lost': {'count': MAX_LOST - room, 'reasons': held}}
    )


def known_reason(counts: Mapping[str, int], reason: str) -> str:
    """Return the name under which a receiver counts lost notifications.

    :param counts: of the receiver, which keeps at most :data:`MAX_REASONS`
        reasons; the reasons beyond them are ``other``
    """
    # One place is for 'other'.
    if reason in counts or len(counts) < MAX_REASONS - 1:
        return reason
    return 'other'
