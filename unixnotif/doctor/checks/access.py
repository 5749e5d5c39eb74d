# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Checks who may subscribe, and whether the service reaches subscribers."""

import os
import stat

from unixnotif import address
from unixnotif import grammar
from unixnotif import rendezvous
from unixnotif.doctor import accounts
from unixnotif.doctor import findings
from unixnotif.doctor import nodes
from unixnotif.doctor import permissions
from unixnotif.doctor import subscribers

_MOST_SHOWN = 10


def check_user(
    where: address.Address,
    chain: list[nodes.Node],
    user: accounts.Credentials,
) -> list[findings.Finding]:
    """Judge whether a user may subscribe.

    :param chain: every file of the path, or those to a directory that the
        user may not enter
    """
    *above, last = chain
    if last.kind == 'directory':
        above.append(last)
    barrier = permissions.first_barrier(user, above)
    if barrier is not None and barrier.path != where.path:
        return [
            _barrier(barrier, f'User {user.user}', user, where, 'subscribe')
        ]
    wanted = permissions.WRITE
    if where.is_directory:
        wanted |= permissions.ENTER
    if permissions.allows(user, last, wanted):
        return [
            findings.ok(
                'may-subscribe',
                f'{_capital(user.shown)} has permission to subscribe',
            )
        ]
    why = (
        'A subscriber creates its socket in the directory, and needs write '
        'permission there.'
        if where.is_directory
        else 'A subscriber needs write permission for the socket.'
    )
    return [
        findings.problem(
            'may-not-subscribe',
            f'{_capital(user.shown)} cannot subscribe at {where}: '
            f'{last.path} has {last.access_in_words}',
            why,
            _fix(user, last, wanted, _admit_group(last), 'log in again'),
        )
    ]


def check_service(
    where: address.Address,
    chain: list[nodes.Node],
    service: accounts.Credentials,
    label: str,
    look: subscribers.Look,
    user: accounts.Credentials,
) -> list[findings.Finding]:
    """Judge whether a service reaches the subscribers in a directory.

    :param label: text that identifies the service
    :param user: rights of the next subscriber
    """
    *above, last = chain
    barrier = permissions.first_barrier(service, above)
    if barrier is not None:
        return [_barrier(barrier, _capital(label), service, where, 'publish')]
    if not where.is_directory:
        return []
    wanted = permissions.READ | permissions.ENTER
    if not permissions.allows(service, last, wanted):
        return [
            findings.problem(
                'service-may-not-list',
                f'{_capital(label)}, {service.shown}, cannot list '
                f'{last.path}, which has {last.access_in_words}',
                'The driver finds no subscriber, and logs an ERROR.',
                _fix(
                    service,
                    last,
                    wanted,
                    _admit_group(last),
                    'restart the service',
                ),
            )
        ]
    denied = [
        each.node
        for each in look.found
        if not permissions.allows(service, each.node, permissions.WRITE)
    ]
    if denied:
        return [_denied(last, denied, service, label)]
    created = _next_socket(last, user)
    if not permissions.allows(service, created, permissions.WRITE):
        return [_unreachable(last, created, service, label, user)]
    return [
        findings.ok(
            'service-reaches',
            f'{_capital(label)}, {service.shown}, can write to '
            f'the sockets in {last.path}',
        )
    ]


def _next_socket(
    directory: nodes.Node, user: accounts.Credentials
) -> nodes.Node:
    """Return the socket of the next subscriber, before it exists."""
    hands_on = directory.mode & stat.S_ISGID
    return nodes.Node(
        f'{directory.path}/NAME.sock',
        'socket',
        rendezvous.SOCKET_MODE,
        user.uid,
        directory.gid if hands_on else user.gid,
    )


def _unreachable(
    directory: nodes.Node,
    created: nodes.Node,
    service: accounts.Credentials,
    label: str,
    user: accounts.Credentials,
) -> findings.Finding:
    return findings.problem(
        'not-in-group',
        f'{_capital(label)}, {service.shown}, cannot write to '
        f'a socket that user {user.user} creates in {directory.path}: the '
        f'socket gets {created.access_in_words}',
        'Subscribers of this user receive nothing, and the service logs a '
        'WARNING.',
        _fix_socket(directory, created, service),
    )


def _denied(
    directory: nodes.Node,
    denied: list[nodes.Node],
    service: accounts.Credentials,
    label: str,
) -> findings.Finding:
    return findings.problem(
        'denied',
        f'{_capital(label)}, {service.shown}, cannot write to '
        + grammar.plural(len(denied), 'socket')
        + f' in {directory.path}',
        'These subscribers receive nothing, and the service logs a WARNING.',
        _fix_socket(directory, denied[0], service),
        nodes.table(denied[:_MOST_SHOWN]),
    )


def _admit_group(node: nodes.Node) -> str:
    """Return the fix of a directory or a socket that admits no group."""
    if node.kind != 'directory':
        return (
            'set socket_mode = 0660 and socket_group = GROUP in section '
            '[oslo_messaging_unix], where GROUP contains the users of the '
            'subscribers; then restart the service'
        )
    if node.gid == 0:
        return _change_group(node)
    return f'chmod 3770 {node.quoted}'


def _change_group(directory: nodes.Node) -> str:
    return (
        f'chgrp GROUP {directory.quoted} && chmod 3770 {directory.quoted}, '
        'where GROUP contains the users of the service and of its subscribers'
    )


def _fix_socket(
    directory: nodes.Node, socket: nodes.Node, service: accounts.Credentials
) -> str:
    if socket.gid != directory.gid:
        # The directory did not hand its group on.
        return f'chmod g+s {directory.quoted}, then restart the subscribers'
    otherwise = (
        f'chmod g+w {socket.quoted}'
        if not socket.mode & stat.S_IWGRP
        else _change_group(directory)
    )
    return _fix(
        service, socket, permissions.WRITE, otherwise, 'restart the service'
    )


def _barrier(
    barrier: nodes.Node,
    label: str,
    rights: accounts.Credentials,
    where: address.Address,
    action: str,
) -> findings.Finding:
    return findings.problem(
        'closed-directory',
        f'{label} cannot enter directory {barrier.path}, which has '
        f'{barrier.access_in_words}',
        f'{label} cannot {action} at {where}.',
        f'chmod o+x {barrier.quoted}, or: '
        + _fix(
            rights,
            barrier,
            permissions.ENTER,
            'use another path',
            'log in again or restart the service',
        ),
    )


def _fix(
    rights: accounts.Credentials,
    node: nodes.Node,
    wanted: int,
    otherwise: str,
    again: str,
) -> str:
    """Return the fix for missing permissions.

    :param otherwise: fix if the group of the file would not help
    :param again: step that gives a process its new groups
    """
    # Nobody should join the group of root.
    if not node.gid or not permissions.missing_group(rights, node, wanted):
        return otherwise
    group = accounts.group_name(node.gid)
    if node.gid in accounts.configured_groups(rights.uid):
        # Groups of a process do not change while it runs.
        return (
            f'{again}: user {rights.user} is in group {group}, but the '
            'process started before the user joined the group'
        )
    return f'usermod -a -G {group} {rights.user}; then {again}'


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def check_view(
    where: address.Address,
    node: nodes.Node,
    seen: tuple[int, int] | None,
    label: str,
) -> list[findings.Finding]:
    """Compare a file with the one that a service sees at the same path.

    :param seen: device and inode that the service sees, None if there is
        no file
    """
    if seen == node.file_id:
        return [
            findings.ok(
                'same-file',
                f'{_capital(label)} sees the same {node.kind} at {where.path}',
            )
        ]
    other = f'another {node.kind}' if seen else f'no {node.kind}'
    path = where.path
    return [
        findings.problem(
            'mount-namespace',
            f'{_capital(label)} sees {other} at {path}, because the process '
            'has its own mount namespace',
            'With PrivateTmp= in a systemd unit, or in a container, a service '
            'has its own file systems. The service and its subscribers must '
            f'use the same {node.kind}.',
            'if the path is below /tmp, use another path, or set '
            'PrivateTmp=no; in a container, mount '
            f'{os.path.dirname(path)} from the host',
        )
    ]
