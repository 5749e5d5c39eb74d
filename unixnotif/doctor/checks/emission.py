# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Checks whether a service publishes at all."""

from collections.abc import Collection
from collections.abc import Iterable
from collections.abc import Sequence

from unixnotif import address
from unixnotif import grammar
from unixnotif.doctor import discovery
from unixnotif.doctor import findings
from unixnotif.doctor import processes
from unixnotif.doctor import subscribers
from unixnotif.doctor import trials

_MOST_SHOWN = 20


def check_emitters(
    where: address.Address,
    living: int,
    emitters: Collection[int] | None,
    unknown: int,
    trial: trials.Trial,
    is_explained: bool = False,
) -> list[findings.Finding]:
    """Judge whether processes publish in a directory.

    :param living: number of subscribers
    :param emitters: processes that are connected to subscribers; None if
        the kernel does not list connections
    :param unknown: number of connections of unknown processes
    :param is_explained: True if another finding is a problem of the address
    """
    if trial.heard:
        return [_heard(trial)]
    if emitters or unknown:
        lines = _shown(sorted(emitters or ()))
        if unknown:
            lines.append(
                f'{grammar.plural(unknown, "connection")} of processes that '
                'this user cannot see'
            )
        return [
            findings.ok(
                'emitters',
                f'Services are connected to subscribers of {where}',
                tuple(lines),
            )
        ]
    if trial.waited:
        return [_silent(where, trial.waited)]
    if emitters is None or not living or is_explained:
        return [
            findings.note(
                'emitters-unknown',
                f'It is unknown which services are connected at {where}'
                if emitters is None
                else f'No service is connected at {where}',
                'The kernel does not list the connections of sockets.'
                if emitters is None
                else 'A service connects to a subscriber when it publishes '
                'its next notification.',
                'make the service publish, and meanwhile run this command '
                'with --wait 60',
            )
        ]
    return [
        findings.problem(
            'nobody-emits',
            f'{where} has {grammar.plural(living, "subscriber")}, but no '
            f'service is connected to {"it" if living == 1 else "them"}',
            'A service connects to a subscriber when it publishes. Either no '
            'service uses this address, or no running service has published '
            'since the subscriber started.',
            'examine a process of the service: unixnotif doctor --pid PID; '
            'for nova, also check that notification_format in section '
            '[notifications] allows the notifications that you expect '
            '(versioned, unversioned or both)',
        )
    ]


def report_found(found: discovery.Found, most: int) -> findings.Finding:
    """Report the processes that a search found.

    :param most: maximum number of kinds to examine
    """
    lines = []
    for kind in found.kinds[:most]:
        others = len(kind.pids) - 1
        more = grammar.plural(others, 'process', 'processes')
        lines.append(
            f'{kind.process.label}, user {kind.process.rights.user}'
            + (f', and {more} of the same kind' if others else '')
        )
    if hidden := found.kinds[most:]:
        count = sum(len(kind.pids) for kind in hidden)
        lines.append(
            f'not examined: {grammar.plural(count, "process", "processes")} '
            'of other kinds; to examine one, pass --pid PID'
        )
    if found.skipped:
        skipped = grammar.plural(found.skipped, 'process', 'processes')
        lines.append(
            f'not searched: the {skipped} with the highest process ids, '
            f'because the search ends after {discovery.MOST_PROCESSES}; to '
            'examine one, pass --pid PID'
        )
    return findings.ok('found', 'Found processes of services', tuple(lines))


def check_owner(
    where: address.Address,
    owner: subscribers.Owner,
    expected: Iterable[processes.Process],
    others: Collection[int],
    trial: trials.Trial,
) -> list[findings.Finding]:
    """Judge who listens on a socket.

    :param expected: processes that should publish there
    :param others: further processes with the same configuration file
    """
    results = []
    if owner.state is subscribers.State.DEAD:
        return [
            findings.problem(
                'dead-socket',
                f'Nobody listens on socket {where.path}',
                'The service that created the socket has ended, or uses '
                'another address. Nobody can subscribe.',
                'start the service; it replaces the socket',
            )
        ]
    if owner.state is subscribers.State.ALIVE:
        results.append(
            findings.ok(
                'owner',
                f'{processes.shown(owner.pid).capitalize()} listens on '
                f'{where.path}',
            )
        )
    rivals = [each.pid for each in expected if each.pid != owner.pid]
    rivals += [pid for pid in others if pid not in (*rivals, owner.pid)]
    if owner.pid and rivals:
        results.append(_rivals(where, owner, rivals))
    if trial.heard:
        results.append(_heard(trial))
    elif trial.waited and not rivals:
        results.append(_silent(where, trial.waited))
    return results


def _rivals(
    where: address.Address, owner: subscribers.Owner, rivals: list[int]
) -> findings.Finding:
    directory = address.Address(where.path.removesuffix('.sock'))
    names = ', '.join(_shown(rivals))
    has = 'has' if len(rivals) == 1 else 'have'
    return findings.problem(
        'two-services',
        f'Socket {where.path} belongs to {processes.shown(owner.pid)}, but '
        f'{names} {has} the same address',
        'Only one process can listen on a unix:// address. Each other '
        'process publishes nothing, and logs an ERROR.',
        f'give every service a rendezvous directory: socket_uri = {directory}',
    )


def _shown(pids: Sequence[int]) -> list[str]:
    """Return the first processes, and the number of the others."""
    names = [processes.shown(pid) for pid in pids[:_MOST_SHOWN]]
    if len(pids) > _MOST_SHOWN:
        names.append(f'... and {len(pids) - _MOST_SHOWN} more')
    return names


def _heard(trial: trials.Trial) -> findings.Finding:
    return findings.ok(
        'heard',
        'A notification arrived from ' + ', '.join(_shown(trial.heard)),
    )


def _silent(where: address.Address, seconds: float) -> findings.Finding:
    return findings.problem(
        'nobody-emits',
        f'No notification arrived at {where} within '
        f'{grammar.seconds(seconds)}',
        'Either no service uses this address, or no service had anything to '
        'publish.',
        'run the command again, and make the service publish while the '
        'command waits; or examine a process of the service: unixnotif '
        'doctor --pid PID',
    )
