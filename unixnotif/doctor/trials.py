# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""A test notification, sent with the rights of a service.

Rule: only the doctor's own subscriber receives the test notification; no
other subscriber of the address notices it.
"""

from collections.abc import Callable
import contextlib
import dataclasses
import secrets
from typing import Final

from unixnotif import address
from unixnotif import clock
from unixnotif import consumer
from unixnotif import errors
from unixnotif import notification
from unixnotif import rendezvous
from unixnotif.doctor import accounts
from unixnotif.doctor import deputies

EVENT_TYPE: Final = 'unixnotif.doctor'
#: Seconds to wait for the test notification.
_SECONDS: Final = 5.0
#: Maximum number of steps to find the doctor's own name in a directory.
_MOST_STEPS: Final = 512


@dataclasses.dataclass(frozen=True, slots=True)
class Trial:
    """Result of a trial.

    :param refusal: why this user cannot subscribe; empty if it can
    :param sender: whose rights the test notification was sent with
    :param failure: why the test notification did not arrive; empty if it did
    :param is_sent: True if a test notification was sent
    :param heard: processes whose own notifications arrived meanwhile
    :param waited: seconds for which the trial waited for those
    :param is_forbidden: True if the kernel forbids this user to subscribe
    """

    refusal: str = ''
    sender: str = ''
    failure: str = ''
    is_sent: bool = False
    heard: tuple[int, ...] = ()
    waited: float = 0.0
    is_forbidden: bool = False


def run(
    where: address.Address,
    service: accounts.Credentials | None,
    pid: int,
    seconds: float,
) -> Trial:
    """Subscribe, send a test notification, and wait for those of services.

    :param service: rights to send with, if this process may take them
    :param pid: process whose file systems the sender sees, or 0
    :param seconds: how long to wait for notifications of services
    """
    token = f'{EVENT_TYPE}-{secrets.token_hex(8)}'
    # The doctor finds its own socket in the directory by its group.
    group = token if where.is_directory else None
    heard: set[int] = set()
    with contextlib.closing(consumer.Consumer(where, group)) as source:
        try:
            source.subscribe()
        except errors.UnavailableError as e:
            forbidden = isinstance(e.__cause__, PermissionError)
            return Trial(str(e), is_forbidden=forbidden)
        sender, failure, is_sent = '', '', False
        if where.is_directory:
            acting = service if deputies.is_possible() else None
            sender = (acting or accounts.own()).user
            name = _own_name(where.path, token)
            failure = (
                _send(where.path, name, token, acting, pid)
                if name
                else 'this user cannot list the directory'
            )
            is_sent = not failure
            if is_sent and not _listen(source, token, _SECONDS, heard):
                failure = 'the kernel accepted the notification, but the '
                failure += 'subscriber has not received it'
        if seconds and not heard:
            _listen(source, '', seconds, heard)
    return Trial('', sender, failure, is_sent, tuple(sorted(heard)), seconds)


def _own_name(path: str, token: str) -> str:
    """Return the name of the doctor's socket; empty if it is not found."""
    try:
        scanner = rendezvous.Scanner(rendezvous.Directory(path, listable=True))
    except errors.UnavailableError:
        return ''
    with contextlib.closing(scanner), contextlib.suppress(OSError):
        for _ in range(_MOST_STEPS):
            scan = scanner.scan(tuple)
            if scan is not None:
                for name in scan.names:
                    if name.group == token:
                        return name.text
                break
    return ''


def _send(
    path: str,
    name: str,
    token: str,
    service: accounts.Credentials | None,
    pid: int,
) -> str:
    """Send the test notification as a driver does; return the failure."""
    data = notification.Notification(
        message_id=token,
        publisher_id=EVENT_TYPE,
        event_type=EVENT_TYPE,
        priority='INFO',
        timestamp=str(clock.now().replace(tzinfo=None)),
        payload={},
    ).encode()

    def send() -> str:
        with rendezvous.Directory(path, listable=True) as directory:
            sock, _ = rendezvous.connect(directory, name)
        with contextlib.closing(sock):
            sock.send(data)
        return ''

    try:
        if service is None:
            return send()
        return str(deputies.act(send, service, pid))
    except OSError as e:
        return e.strerror or str(e)
    except errors.UnavailableError as e:
        return str(e)


def _listen(
    source: consumer.Consumer,
    token: str,
    seconds: float,
    heard: set[int],
    now: Callable[[], float] = clock.monotonic,
) -> bool:
    """Receive until a notification arrives, or the time is over.

    :param token: message_id of the notification; empty for any
    :param heard: gets the processes of other notifications
    """
    deadline = now() + seconds
    while (remaining := deadline - now()) > 0:
        received = source.receive(min(remaining, consumer.CHECK_INTERVAL))
        if received is None:
            continue
        if token and received.message_id == token:
            return True
        if received.event_type != EVENT_TYPE:
            heard.add(received.sender.pid if received.sender else 0)
            if not token:
                return True
    return False
