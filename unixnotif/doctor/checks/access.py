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
                f'{_capital(user.shown)} may subscribe',
            )
        ]
    return [
        findings.problem(
            'may-not-subscribe',
            f'{_capital(user.shown)} may not subscribe '
            f'at {where}: {last.path} is {last.access}',
            f'A subscriber must be able to write to the {last.kind}.',
            _fix(user, last, wanted, f'chmod 3770 {last.path}')
            + '; then log in again',
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
    :param user: may subscribe next
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
                f'{_capital(label)}, {service.shown}, may not '
                f'list {last.path}, which is {last.access}',
                'The driver finds no subscriber, and logs an ERROR.',
                _fix(service, last, wanted, f'chmod 3770 {last.path}')
                + '; then restart the service',
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
            f'{_capital(label)}, {service.shown}, may write to '
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
        f'{_capital(label)}, {service.shown}, may not write to '
        f'a socket that user {user.user} creates in {directory.path}: it '
        f'belongs to {created.access}',
        'Such subscribers receive nothing, and the service logs "denied".',
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
        f'{_capital(label)}, {service.shown}, may not write to '
        + grammar.plural(len(denied), 'socket')
        + f' in {directory.path}',
        'These subscribers receive nothing, and the service logs "denied".',
        _fix_socket(directory, denied[0], service),
        nodes.table(denied[:_MOST_SHOWN]),
    )


def _fix_socket(
    directory: nodes.Node, socket: nodes.Node, service: accounts.Credentials
) -> str:
    if socket.gid != directory.gid:
        # The directory did not hand its group on.
        return f'chmod g+s {directory.path}, then restart the subscribers'
    otherwise = (
        f'chmod g+w {socket.path}'
        if not socket.mode & stat.S_IWGRP
        else f'chgrp GROUP {directory.path} && chmod 3770 {directory.path}, '
        'with a group of the service and of its subscribers'
    )
    fix = _fix(service, socket, permissions.WRITE, otherwise)
    return fix if fix == otherwise else f'{fix}; then restart the service'


def _barrier(
    barrier: nodes.Node,
    label: str,
    rights: accounts.Credentials,
    where: address.Address,
    action: str,
) -> findings.Finding:
    return findings.problem(
        'closed-directory',
        f'{label} may not enter directory {barrier.path}, which is '
        f'{barrier.access}',
        f'{label} can neither find nor use {where}, and so not {action}.',
        f'chmod o+x {barrier.path}, or: '
        + _fix(rights, barrier, permissions.ENTER, 'use another path'),
    )


def _fix(
    rights: accounts.Credentials,
    node: nodes.Node,
    wanted: int,
    otherwise: str,
) -> str:
    # Nobody should join the group of root.
    if not node.gid or not permissions.missing_group(rights, node, wanted):
        return otherwise
    if node.gid in accounts.configured_groups(rights.uid):
        # Groups of a process do not change while it runs.
        return (
            f'user {rights.user} is in group '
            f'{accounts.group_name(node.gid)}, but this process has started '
            'before that'
        )
    return f'usermod -a -G {accounts.group_name(node.gid)} {rights.user}'


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
    other = 'another file' if seen else 'no file'
    path = where.path
    return [
        findings.problem(
            'mount-namespace',
            f'{_capital(label)} sees {other} at {path}: it has a mount '
            'namespace of its own',
            'PrivateTmp= in a systemd unit, or a container, gives a service '
            'other file systems. Its subscribers must see the same file.',
            f'use a path outside /tmp, or set PrivateTmp=no; in a container, '
            f'mount {os.path.dirname(path)} from the host',
        )
    ]
