# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0


"""The last error that the libraries of the bus logged.

Rule: during an outage these libraries log at every attempt. The relay reports
each change of the state once, with the last error as the reason.
"""

import logging
import re
from typing import Final

_LOGGERS: Final = ('oslo.messaging', 'oslo_messaging', 'kombu', 'amqp')
# Messages of the driver for RabbitMQ begin with the id of the connection, and
# end with the time of the next attempt.
_ID = re.compile(r'^\[[0-9a-f-]{36}\] ')
_NEXT_ATTEMPT = re.compile(r'\.? Trying again in .*$', re.DOTALL)
_MAX_LENGTH: Final = 200


class BusLog(logging.Handler):
    """Keeps the last error of the libraries.

    :param quiet: True if these libraries shall log nowhere else
    """

    def __init__(self, quiet: bool) -> None:
        super().__init__(logging.WARNING)
        self._last = ''
        for name in _LOGGERS:
            logger = logging.getLogger(name)
            logger.addHandler(self)
            if quiet:
                logger.propagate = False

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the message of a record."""
        try:
            message = record.getMessage()
        except (TypeError, ValueError):
            return
        self._last = shorten(_ID.sub('', message))

    def take(self) -> str:
        """Return the last message, once; an empty string if there is none."""
        last, self._last = self._last, ''
        return last


def shorten(message: str) -> str:
    """Return a reason of a length that fits a line."""
    message = _NEXT_ATTEMPT.sub('', message)
    if len(message) <= _MAX_LENGTH:
        return message
    return f'{message[: _MAX_LENGTH - 3]}...'
