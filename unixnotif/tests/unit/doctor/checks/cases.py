# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Facts for the tests of checks."""

from typing import Any

from unixnotif import address
from unixnotif.doctor import accounts
from unixnotif.doctor import configuration
from unixnotif.doctor import findings
from unixnotif.doctor import nodes
from unixnotif.doctor import subscribers

NOVA, ALICE, BOB = 4_261_001, 4_261_002, 4_261_003
NOTIFICATIONS = 4_261_100

DIRECTORY = address.Address('/run/nova/notifications')
SOCKET = address.Address('/run/nova/notifications', is_directory=False)


def rights(uid: int, *groups: int) -> accounts.Credentials:
    """Return a user with a group of the same number."""
    return accounts.Credentials(uid, uid, frozenset(groups))


def chain(
    mode: int = 0o3770,
    kind: str = 'directory',
    gid: int = NOTIFICATIONS,
    above: int = 0o755,
) -> list[nodes.Node]:
    """Return the files of the path of the addresses."""
    path = [
        nodes.Node(path, 'directory', above, 0, 0)
        for path in ('/', '/run', '/run/nova')
    ]
    return [*path, nodes.Node(DIRECTORY.path, kind, mode, 0, gid)]


def socket(
    name: str = 'a.sock',
    uid: int = ALICE,
    gid: int = NOTIFICATIONS,
    mode: int = 0o660,
    state: subscribers.State = subscribers.State.ALIVE,
    **values: Any,
) -> subscribers.Subscriber:
    """Return a socket of a subscriber."""
    path = f'{DIRECTORY.path}/{name}'
    node = nodes.Node(path, 'socket', mode, uid, gid)
    return subscribers.Subscriber(node, state, **values)


def look(*found: subscribers.Subscriber) -> subscribers.Look:
    """Return a look that has found sockets."""
    return subscribers.Look(found)


def options(
    *entries: tuple[str, str],
    drivers: tuple[str, ...] = ('unix',),
    uris: tuple[str, ...] = (str(DIRECTORY),),
    **values: Any,
) -> configuration.Configuration:
    """Return the options of a service.

    :param entries: section and name
    """
    lines = tuple(
        configuration.Entry('/etc/x.conf', line, *entry)
        for line, entry in enumerate(entries, 1)
    )
    return configuration.Configuration(
        ('/etc/x.conf',), lines, drivers, uris, **values
    )


def names(found: list[findings.Finding], level: str = 'problem') -> list[str]:
    """Return the names of the findings of a level."""
    return [each.name for each in found if each.level == level]


def text(found: list[findings.Finding]) -> str:
    """Return all text of findings."""
    return '\n'.join(str(each.as_dict()) for each in found)
