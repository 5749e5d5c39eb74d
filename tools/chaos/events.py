# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The event log: disturbances, faults and the log records of unixnotif.

Rule: one event is one line of JSON, appended with one system call, so that
any number of processes can share the file.
"""

import faulthandler
import json
import logging
import os
from pathlib import Path
import signal
import time
import traceback
from typing import Any

# A process with many faults must not fill the disk.
_MAX_EVENTS = 200


class EventLog:
    """Append-only file that the conductor and all its processes share.

    :param path: the file; an existing file is replaced
    :raises OSError: the file cannot be created
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._fd = os.open(
            path,
            os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND | os.O_CLOEXEC,
            0o644,
        )
        self._process = 'conductor'
        self._room: float = float('inf')

    def become(self, process: str) -> None:
        """Name this process in later events, and limit their number."""
        self._process = process
        self._room = _MAX_EVENTS
        # On SIGUSR2, the process writes the stack of each thread.
        faulthandler.register(signal.SIGUSR2, self._fd, all_threads=True)
        logger = logging.getLogger('unixnotif')
        logger.propagate = False
        logger.handlers = [_Handler(self)]

    def write(self, event: str, **details: Any) -> None:
        """Append one event."""
        if self._room <= 0:
            return
        self._room -= 1
        line = {
            'time': round(time.monotonic(), 6),
            'process': self._process,
            'pid': os.getpid(),
            'event': event,
            **details,
        }
        os.write(self._fd, json.dumps(line).encode() + b'\n')

    def exception(self, error: BaseException) -> None:
        """Append an exception with its traceback."""
        self.write(
            'exception',
            error=repr(error),
            traceback=traceback.format_exception(error),
        )

    def close(self) -> None:
        """Close the file."""
        os.close(self._fd)


class _Handler(logging.Handler):
    """Copy log records to the event log."""

    def __init__(self, log: EventLog) -> None:
        super().__init__(logging.WARNING)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        """Append one log record."""
        self._log.write(
            'log', level=record.levelname, message=record.getMessage()
        )
