# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Wait for facts.

Rule: no fixed delay replaces a check. A wait checks a fact again and again.
The wait ends at once when a process that the fact needs has ended.
"""

from collections.abc import Callable
from collections.abc import Sequence
import http.client
import socket
import time

from tools.cloud import layout
from tools.cloud import processes

#: Returns an empty text when the fact holds, else what is missing.
Fact = Callable[[], str]
#: Seconds; only a wait that fails takes so long, on a busy machine too.
TIMEOUT = 300.0


def wait_for(
    name: str,
    fact: Fact,
    known: processes.Processes,
    needs: Sequence[processes.Process],
    timeout: float = TIMEOUT,
) -> None:
    """Wait until a fact holds.

    :param name: process whose log a failure shows
    :param needs: processes without which the fact will never hold
    :raises ServiceError: one of them has ended, or the time is up
    """
    deadline = time.monotonic() + timeout
    while missing := fact():
        for process in needs:
            if not process.is_alive():
                raise known.failure(process.name, 'has ended at its start')
        if time.monotonic() >= deadline:
            raise known.failure(
                name, f'is not ready after {timeout:.0f} s: {missing}'
            )
        processes.pause(needs)


def greets(port: int) -> Fact:
    """Return the fact that a server answers each connection."""

    def fact() -> str:
        try:
            with socket.create_connection((layout.HOST, port), 5) as client:
                return '' if client.recv(1) else 'it closes connections'
        except OSError as error:
            return f'port {port}: {error}'

    return fact


def accepts(port: int) -> Fact:
    """Return the fact that a server accepts connections."""

    def fact() -> str:
        try:
            socket.create_connection((layout.HOST, port), 5).close()
        except OSError as error:
            return f'port {port}: {error}'
        return ''

    return fact


def answers(port: int, path: str) -> Fact:
    """Return the fact that an HTTP server answers well.

    300 Multiple Choices is the list of versions of keystone and glance.
    """

    def fact() -> str:
        client = http.client.HTTPConnection(layout.HOST, port, timeout=20)
        try:
            client.request('GET', path)
            status = client.getresponse().status
        except (OSError, http.client.HTTPException) as error:
            return f'http://{layout.HOST}:{port}{path}: {error}'
        finally:
            client.close()
        if 200 <= status < 400:
            return ''
        return f'http://{layout.HOST}:{port}{path}: status {status}'

    return fact
