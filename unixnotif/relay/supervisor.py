# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0


"""The supervisor: systemd, if it started the relay with ``Type=notify``.

Rule: the watchdog watches the thread that reads, never the bus: a restart of
the relay does not bring a bus back.
"""

import os

import sdnotify

from unixnotif import clock


class Supervisor:
    """Sends the messages of sd_notify(3); does nothing without systemd."""

    def __init__(self) -> None:
        self._notifier = sdnotify.SystemdNotifier()
        self._interval = _watchdog_interval()
        self._next = clock.monotonic()

    def ready(self, status: str) -> None:
        """Report that the relay has started."""
        self._notifier.notify(f'READY=1\nSTATUS={status}')

    def status(self, status: str) -> None:
        """Show a line in ``systemctl status``."""
        self._notifier.notify(f'STATUS={status}')

    def stopping(self) -> None:
        """Report that the relay ends."""
        self._notifier.notify('STOPPING=1')

    def ping(self) -> None:
        """Feed the watchdog; call this often."""
        if self._interval and clock.monotonic() >= self._next:
            self._next = clock.monotonic() + self._interval
            self._notifier.notify('WATCHDOG=1')


def _watchdog_interval() -> float:
    """Return the seconds between two pings; 0 without a watchdog.

    Half of the timeout, as sd_watchdog_enabled(3) recommends.
    """
    if os.environ.get('WATCHDOG_PID', str(os.getpid())) != str(os.getpid()):
        return 0.0
    microseconds = os.environ.get('WATCHDOG_USEC', '')
    return int(microseconds) / 2e6 if microseconds.isdecimal() else 0.0
