# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0


"""Refusals: errors that a message caused, as opposed to outages of the bus.

Rule: after an outage the relay retries the same message without a limit. After
a refusal it retries for a while, and then gives the message up.
"""

from typing import Final

import amqp
import kombu.exceptions

# Longest chain of errors to look at.
_MAX_CHAIN: Final = 20


def is_refusal(error: BaseException) -> bool:
    """Return True unless the bus was away.

    The driver for RabbitMQ raises one class for all errors, with the real
    error as its context.
    """
    each: BaseException | None = error
    for _ in range(_MAX_CHAIN):
        if each is None:
            break
        if isinstance(
            each,
            OSError | amqp.ConnectionError | kombu.exceptions.OperationalError,
        ):
            return False
        if isinstance(each, amqp.ChannelError):
            # A refused login is of this class too, without a method.
            return bool(each.method_sig and each.method_sig[0])
        each = each.__cause__ or each.__context__
    return True
