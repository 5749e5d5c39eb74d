# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Advice about lost notifications, by the reason of the loss.

Rule: a reason without an entry has no advice; publishers may have reasons of
their own.
"""

from collections.abc import Iterable
from typing import Final

#: Advice about notifications that nobody received.
ON_NO_SUBSCRIBER: Final = (
    'start a subscriber, or wait for one with --wait SECONDS'
)

_SECTION: Final = 'section [oslo_messaging_unix] of the service'
_BY_REASON: Final = {
    'backlog_full': 'too many services connected at the same time; raise the '
    'sysctl net.core.somaxconn',
    'buffer_full': 'the subscriber read too slowly; raise send_buffer_size '
    f'in {_SECTION}, and the sysctl net.core.wmem_max',
    'denied': 'the service has no permission to write to the socket of the '
    'subscriber; run: unixnotif doctor URI',
    'too_large': 'a document was too large; raise max_message_size (or, for '
    f'stream sockets, send_buffer_size) in {_SECTION}',
    'unserializable': 'a payload cannot be written as JSON; the log of the '
    'service names the event and the value',
}


def of_losses(reasons: Iterable[str]) -> list[str]:
    """Return a line of advice for each known reason."""
    return [
        f'{reason}: {_BY_REASON[reason]}'
        for reason in sorted(set(reasons) & _BY_REASON.keys())
    ]
