# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Checks of the path of an address: what is there, and free space."""

import os
import shlex
import stat

from unixnotif import address
from unixnotif.doctor import findings
from unixnotif.doctor import nodes

_PAGE = 4096


def check(
    where: address.Address,
    chain: list[nodes.Node],
    user: str = 'nova',
    group: str = 'notifications',
) -> list[findings.Finding]:
    """Judge the files of a path.

    :param chain: every file from the root to the last that is there
    :param user: owner of a directory to create
    :param group: group of a directory to create
    """
    real = os.path.realpath(where.path)
    last = chain[-1] if chain else None
    if last is None or last.path != real:
        return [_missing(where, last, user, group)]
    if where.is_directory:
        if last.kind != 'directory':
            return [_other_kind(where, last)]
        return [_table(where, chain), *_public(where, chain), *_modes(last)]
    if last.kind != 'socket':
        return [_other_kind(where, last)]
    return [_table(where, chain), *_public(where, chain)]


def is_usable(where: address.Address, chain: list[nodes.Node]) -> bool:
    """Return True if a file of the right kind is at the path."""
    kind = 'directory' if where.is_directory else 'socket'
    last = chain[-1]
    return last.path == os.path.realpath(where.path) and last.kind == kind


def _table(
    where: address.Address, chain: list[nodes.Node]
) -> findings.Finding:
    return findings.ok(
        'path', f'The path of {where} exists', nodes.table(chain)
    )


def check_link(
    where: address.Address, link: nodes.Link, user: str, group: str
) -> findings.Finding:
    """Judge a symbolic link that leads to no file.

    :param user: owner of a directory to create
    :param group: group of a directory to create
    """
    fix = f'remove the link: rm {link.quoted}'
    real = os.path.realpath(where.path)
    if link.target and where.is_directory:
        fix = f'{_create(real, user, group)}; or {fix}'
    elif link.target and link.path != where.path:
        parent = shlex.quote(os.path.dirname(real))
        owner = f'-o {shlex.quote(user)}'
        fix = f'install -d {owner} {parent}, then restart the service'
    return findings.problem(
        'broken-link',
        f'{link.path} is a symbolic link to {link.target}, which does not '
        'exist'
        if link.target
        else f'{link.path} is a symbolic link that leads to itself',
        f'Neither services nor subscribers can use {where}.',
        fix,
    )


def check_blocked(
    where: address.Address, chain: list[nodes.Node]
) -> findings.Finding:
    """Judge a path that cannot be examined, although its modes allow it.

    :param chain: every file from the root to the last that can be examined
    """
    last = chain[-1].path if chain else '/'
    return findings.problem(
        'cannot-examine',
        f'Cannot examine {where.path}: the system reports an error below '
        f'{last}',
        f'Neither services nor subscribers can use {where}.',
        f'find the error with: stat {shlex.quote(where.path)}',
    )


def _create(path: str, user: str, group: str) -> str:
    owner = f'-o {shlex.quote(user)} -g {shlex.quote(group)}'
    return (
        'create the directory with systemd-tmpfiles or: install -d '
        f'{owner} -m 3770 {shlex.quote(path)}'
    )


def _missing(
    where: address.Address, last: nodes.Node | None, user: str, group: str
) -> findings.Finding:
    exists = last.path if last else '/'
    if last is not None and last.kind != 'directory':
        return findings.problem(
            'not-a-directory',
            f'{last.path} is a {last.kind}, not a directory',
            f'Neither services nor subscribers can use {where}.',
            'correct the path in socket_uri, or remove the file',
        )
    if where.is_directory:
        fix = _create(where.path, user, group)
        if exists == os.path.dirname(os.path.realpath(where.path)):
            fix = f'start the service, or {fix}'
        return findings.problem(
            'no-directory',
            f'Directory {where.path} does not exist; the last directory of '
            f'the path that exists is {exists}',
            'Nobody can subscribe before the directory exists. When the '
            'service starts, the driver tries to create the directory, but '
            'no directory above it.',
            fix,
        )
    return findings.problem(
        'no-socket',
        f'Socket {where.path} does not exist; the last directory of the path '
        f'that exists is {exists}',
        'The service creates the socket when it starts to listen.',
        'start the service, and look for an ERROR of unixnotif in its log',
    )


def _other_kind(where: address.Address, last: nodes.Node) -> findings.Finding:
    right = ''
    if where.is_directory and last.kind == 'socket':
        right = str(address.Address(where.path, is_directory=False))
    elif not where.is_directory and last.kind == 'directory':
        right = str(address.Address(where.path))
    if right:
        return findings.problem(
            'wrong-scheme',
            f'{last.path} is a {last.kind}, but the URI is {where}',
            'unix:// is one socket on which the service listens, and '
            'unix+dir:// is a directory for the sockets of subscribers. '
            'Nobody can subscribe with the wrong scheme.',
            f'use {right} in socket_uri and at the subscribers',
        )
    return findings.problem(
        'wrong-kind',
        f'{last.path} is a {last.kind}',
        f'Neither services nor subscribers can use {where}.',
        f'remove {last.path} if nothing needs it, or use another path',
    )


def _public(
    where: address.Address, chain: list[nodes.Node]
) -> list[findings.Finding]:
    """Judge permission to subscribe for all users."""
    *above, last = chain
    is_reached = all(node.mode & stat.S_IXOTH for node in above)
    # A subscriber creates its socket in a directory, and connects to a socket.
    needed = stat.S_IWOTH | (stat.S_IXOTH if where.is_directory else 0)
    if not is_reached or last.mode & needed != needed:
        return []
    return [
        findings.note(
            'public',
            f'All users can subscribe: {last.kind} {last.path} has '
            f'{last.access_in_words}',
            'Notifications contain names, addresses and metadata of the '
            'resources of users.',
            f'chmod 3770 {last.quoted}'
            if where.is_directory
            else 'set socket_mode = 0660 in section [oslo_messaging_unix], '
            'then restart the service',
        )
    ]


def _modes(node: nodes.Node) -> list[findings.Finding]:
    """Judge setgid and sticky of a rendezvous directory."""
    if not node.mode & (stat.S_IWGRP | stat.S_IWOTH):
        return [
            findings.note(
                'private-directory',
                f'Only the owner of {node.path} can subscribe: the directory '
                f'has {node.access_in_words}',
                fix='to let the group of the directory subscribe: chmod 3770 '
                f'{node.quoted}',
            )
        ]
    results = []
    if not node.mode & stat.S_ISGID:
        results.append(
            findings.problem(
                'no-setgid',
                f'Directory {node.path} has no setgid bit ({node.access})',
                'The socket of a subscriber gets the primary group of its '
                'user, not the group of the directory. The service cannot '
                'write to the socket, and logs a WARNING.',
                f'chmod g+s {node.quoted}, then restart the subscribers',
            )
        )
    if not node.mode & stat.S_ISVTX:
        results.append(
            findings.problem(
                'no-sticky',
                f'Directory {node.path} has no sticky bit ({node.access})',
                'Every member of the group can remove or replace the sockets '
                'of other users.',
                f'chmod +t {node.quoted}',
            )
        )
    return results


def check_space(
    where: address.Address, found: nodes.Space | None
) -> list[findings.Finding]:
    """Judge the free space for the sockets of an address."""
    if found is None:
        return []
    directory = (
        where.path if where.is_directory else os.path.dirname(where.path)
    )
    # By resource, the mount option that raises the limit of a tmpfs.
    lacks = {}
    if found.free_inodes == 0:
        lacks['inodes'] = 'nr_inodes=N'
    if 0 <= found.free_bytes < _PAGE:
        lacks['space'] = 'size=SIZE'
    if found.read_only:
        return [
            findings.problem(
                'read-only',
                f'The {found.kind} at {found.mount} is mounted read-only',
                f'Nobody can create a socket in {directory}.',
                f'mount -o remount,rw {shlex.quote(found.mount)}',
            )
        ]
    if not lacks:
        return []
    fix = f'remove files that no process needs below {found.mount}'
    if found.kind == 'tmpfs':
        options = ','.join(lacks.values())
        fix += (
            f', or enlarge the tmpfs: mount -o remount,{options} '
            + shlex.quote(found.mount)
        )
    return [
        findings.problem(
            'disk-full',
            f'The {found.kind} at {found.mount} is full: no free '
            f'{" and no free ".join(lacks)}',
            f'A new subscriber cannot create its socket in {directory} '
            '("No space left on device").',
            fix,
        )
    ]
