# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Checks of the subscribers: dead sockets, and limits on their number."""

import shlex

from unixnotif import address
from unixnotif import grammar
from unixnotif import shares
from unixnotif.doctor import accounts
from unixnotif.doctor import findings
from unixnotif.doctor import processes
from unixnotif.doctor import subscribers

_MOST_SHOWN = 20
# Sockets that a sentence names.
_MOST_NAMED = 3


def check(
    where: address.Address,
    look: subscribers.Look,
    max_subscribers: int,
    service: accounts.Credentials | None,
    *,
    may_raise: bool = True,
) -> list[findings.Finding]:
    """Judge the sockets in a directory.

    :param service: rights of the service, whose own user may exceed the share
    :param may_raise: False if the service has no descriptors for more
        subscribers
    """
    results = [_list(where, look)]
    results += _dead(look)
    results += _unusable(look)
    results += _shares(where, look, max_subscribers, service, may_raise)
    if look.incomplete or look.untried:
        results.append(
            findings.note(
                'many-names',
                f'Directory {where.path} has too many names: this command '
                'has not examined all of them',
                'A service reads at most 4096 names in one call of notify(), '
                'so it finds new subscribers late.',
                'stop the subscribers of the user who owns most of the '
                f'sockets, then: find {shlex.quote(where.path)} '
                '-name "*.sock" -user USER -delete',
            )
        )
    return results


def _list(where: address.Address, look: subscribers.Look) -> findings.Finding:
    living = look.alive()
    lines = [
        f'{each.name}  {each.node.access}  {_listener(each)}'
        for each in living[:_MOST_SHOWN]
    ]
    if len(living) > _MOST_SHOWN:
        lines.append(f'... and {len(living) - _MOST_SHOWN} more')
    number = grammar.plural(len(living), 'subscriber')
    return findings.ok(
        'subscribers',
        f'{number[:1].upper()}{number[1:]} at {where}',
        tuple(lines),
    )


def _listener(each: subscribers.Subscriber) -> str:
    if each.state is subscribers.State.FULL:
        return 'its queue of connections is full'
    # The kernel has no number for a process of another pid namespace.
    return processes.shown(each.pid) if each.pid else 'process unknown'


def _dead(look: subscribers.Look) -> list[findings.Finding]:
    dead = [
        each.node.path
        for each in look.found
        if each.state is subscribers.State.DEAD
    ]
    if not dead:
        return []
    sockets = 'socket' if len(dead) == 1 else 'sockets'
    return [
        findings.problem(
            'dead-socket',
            f'Nobody listens on {grammar.plural(len(dead), "socket")}: '
            + _shown(dead),
            'A subscriber has ended without removing its socket, and '
            'receives nothing.',
            'before you start the subscriber again, remove the old '
            f'{sockets}: {shlex.join(["rm", *dead[:_MOST_NAMED]])}',
        )
    ]


def _unusable(look: subscribers.Look) -> list[findings.Finding]:
    found = [
        each for each in look.found if each.state is subscribers.State.UNUSABLE
    ]
    if not found:
        return []
    paths = [each.node.path for each in found]
    return [
        findings.problem(
            'unusable-socket',
            f'Cannot connect to {grammar.plural(len(found), "socket")}: '
            f'{_shown(paths)} ({found[0].reason})',
            'The service drops each notification for an unusable socket, and '
            'logs "unreachable".',
            'let the program create a socket of type SOCK_SEQPACKET or '
            f'SOCK_STREAM, and remove this one: rm {shlex.quote(paths[0])}',
        )
    ]


def _shown(paths: list[str]) -> str:
    others = len(paths) - _MOST_NAMED
    more = f' and {others} more' if others > 0 else ''
    return ', '.join(paths[:_MOST_NAMED]) + more


def _shares(
    where: address.Address,
    look: subscribers.Look,
    max_subscribers: int,
    service: accounts.Credentials | None,
    may_raise: bool,
) -> list[findings.Finding]:
    share = shares.Shares(max_subscribers).share
    exempt = {0} if service is None else {0, service.uid}
    results = []
    more = (
        ', or raise max_subscribers in section [oslo_messaging_unix] and '
        'restart the service'
        if may_raise
        else ''
    )
    users = look.users()
    for uid, count in sorted(users.items()):
        if uid in exempt or count < share:
            continue
        name = accounts.user_name(uid)
        over = count - share
        what = (
            f'User {name} has {grammar.plural(count, "subscriber")}; the '
            f'limit for one user is {share} (a quarter of max_subscribers = '
            f'{max_subscribers})'
        )
        fix = f'stop subscribers of {name} that nobody needs{more}'
        if over:
            results.append(
                findings.problem(
                    'full-share',
                    what,
                    f'{grammar.plural(over, "subscriber")} of {name} '
                    f'{"receives" if over == 1 else "receive"} nothing.',
                    fix,
                )
            )
        else:
            results.append(
                findings.note(
                    'full-share',
                    what,
                    f'One more subscriber of {name} would receive nothing.',
                    fix,
                )
            )
    total = sum(users.values())
    over = total - max_subscribers
    if over > 0:
        results.append(
            findings.problem(
                'full',
                f'{where} has {total} subscribers, more than max_subscribers '
                f'({max_subscribers})',
                f'{grammar.plural(over, "subscriber")} '
                f'{"receives" if over == 1 else "receive"} nothing.',
                f'stop subscribers that nobody needs{more}',
            )
        )
    return results
