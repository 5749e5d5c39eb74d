# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The examination of one address.

Rule: as in :mod:`unixnotif.doctor.examination`. A check that needs rights
which this user lacks gives a note.
"""

from collections.abc import Iterator
import dataclasses
import os

from unixnotif import address
from unixnotif import errors
from unixnotif.doctor import accounts
from unixnotif.doctor import deputies
from unixnotif.doctor import findings
from unixnotif.doctor import kernel_limits
from unixnotif.doctor import kernel_sockets
from unixnotif.doctor import nodes
from unixnotif.doctor import processes
from unixnotif.doctor import services
from unixnotif.doctor import subscribers
from unixnotif.doctor import trials
from unixnotif.doctor.checks import access
from unixnotif.doctor.checks import delivery
from unixnotif.doctor.checks import emission
from unixnotif.doctor.checks import limits as limit_checks
from unixnotif.doctor.checks import paths
from unixnotif.doctor.checks import places


def check_limits(
    publishing: list[services.Service],
) -> list[findings.Finding]:
    """Judge the limits of the kernel.

    :param publishing: the services, at least one
    """
    first = publishing[0]
    results = limit_checks.check(
        kernel_limits.largest_send_buffer(),
        first.send_buffer_size,
        first.options is not None,
    )
    for each in publishing:
        if each.process and each.process.descriptors:
            results += limit_checks.check_descriptors(
                each.label, each.process.descriptors, each.max_subscribers
            )
    return results


def examine(
    where: address.Address, publishing: list[services.Service], wait: float
) -> Iterator[findings.Finding]:
    """Yield the findings about an address.

    :param publishing: the services, at least one
    :param wait: seconds to wait for notifications of services
    """
    user, group = publishing[0].user, publishing[0].group
    if link := nodes.broken_link(where.path):
        yield paths.check_link(where, link, user, group)
        return
    chain, is_blocked = nodes.chain(where.path)
    known: list[findings.Finding] = []
    if not is_blocked:
        known = paths.check(where, chain, user, group)
        known += paths.check_space(where, nodes.space(chain[-1].path))
        yield from known
        if not paths.is_usable(where, chain):
            return
    if is_blocked or where.is_directory:
        access_findings = access.check_user(where, chain, accounts.own())
        known += access_findings
        yield from access_findings
    if is_blocked:
        if not _has_problem(known):
            yield paths.check_blocked(where, chain)
        return
    seeing = []
    for service in publishing:
        view = list(_check_view(where, chain[-1], service))
        known += view
        yield from view
        if _has_problem(view):
            # The service does not see these files.
            service = dataclasses.replace(  # noqa: PLW2901
                service, process=None, rights=None
            )
        seeing.append(service)
    rest = _examine_directory if where.is_directory else _examine_socket
    yield from rest(where, chain, seeing, wait, known)


def _check_view(
    where: address.Address, node: nodes.Node, service: services.Service
) -> Iterator[findings.Finding]:
    process = service.process
    if process is None:
        return
    if process.mounts and not process.is_elsewhere:
        yield from access.check_view(where, node, node.file_id, service.label)
        return
    if not deputies.is_possible() or service.is_found:
        yield findings.note(
            'mount-namespace-unknown',
            f'The mount namespace of {process.label} is unknown',
            'The process may see another file at the same path.',
            f'run this command as root: unixnotif doctor --pid {process.pid}',
        )
        return

    def look() -> list[int]:
        found = nodes.find(where.path)
        return list(found.file_id) if found else []

    try:
        seen = deputies.act(look, pid=process.pid)
    except errors.UnavailableError as e:
        yield findings.note(
            'mount-namespace-unknown',
            f'Cannot see the file systems of {process.label}: {e}',
        )
        return
    pair = (int(seen[0]), int(seen[1])) if seen else None
    yield from access.check_view(where, node, pair, service.label)


def _examine_directory(
    where: address.Address,
    chain: list[nodes.Node],
    publishing: list[services.Service],
    wait: float,
    known: list[findings.Finding],
) -> Iterator[findings.Finding]:
    first, look = publishing[0], None
    try:
        look = subscribers.look(where.path, first.max_subscribers)
    except (errors.UnavailableError, OSError) as e:
        yield findings.note(
            'cannot-list',
            f'This user cannot list the subscribers: {e}',
            fix='run this command as root',
        )
    results = []
    if look:
        results += places.check(
            where,
            look,
            first.max_subscribers,
            first.rights,
            may_raise=not any(each.is_exhausted for each in publishing),
        )
    for service in publishing:
        if service.rights:
            results += access.check_service(
                where,
                chain,
                service.rights,
                service.label,
                look or subscribers.Look(),
                accounts.own(),
            )
    yield from results
    is_explained = _has_problem(known + results)
    tried = set()
    for service in publishing:
        is_last = service is publishing[-1]
        sender = service.rights, _foreign_pid(service)
        if sender in tried and not is_last:
            continue
        tried.add(sender)
        trial = trials.run(where, *sender, wait if is_last else 0)
        yield from delivery.check(where, trial, is_explained)
    if trial.refusal or look is None:
        return
    living = look.alive()
    emitters, unknown = _emitters(living)
    yield from emission.check_emitters(
        where, len(living), emitters, unknown, trial, is_explained
    )


def _examine_socket(
    where: address.Address,
    chain: list[nodes.Node],
    publishing: list[services.Service],
    wait: float,
    known: list[findings.Finding],
) -> Iterator[findings.Finding]:
    try:
        owner = subscribers.owner(where.path)
    except errors.UnavailableError as e:
        yield findings.note('cannot-connect', str(e))
        return
    results = []
    if owner.state is not subscribers.State.DEAD:
        results += access.check_user(where, chain, accounts.own())
    yield from results
    known = known + results
    trial = trials.Trial()
    if owner.state is not subscribers.State.DEAD:
        trial = trials.run(where, None, 0, wait)
        yield from delivery.check(where, trial, _has_problem(known))
    expected = [each.process for each in publishing if each.process]
    yield from emission.check_owner(
        where, owner, expected, _rivals(publishing, owner.pid), trial
    )


def _rivals(publishing: list[services.Service], owner: int) -> list[int]:
    """Return other processes with the configuration of a service."""
    above = processes.ancestors(owner)
    found = set()
    for path in {path for each in publishing for path in each.files[:1]}:
        found |= set(processes.using_file(path))
    # A process may have started the owner in order to publish.
    return sorted(found - above - {owner})


def _foreign_pid(service: services.Service) -> int:
    """Return the process whose file systems the sender enters, or 0."""
    process = service.process
    # Nobody vouches for a process that a search found.
    if process is None or service.is_found or not process.is_elsewhere:
        return 0
    return process.pid


def _emitters(
    living: list[subscribers.Subscriber],
) -> tuple[set[int] | None, int]:
    """Return the processes that are connected to subscribers.

    :returns: None if the kernel does not list connections, and the number
        of connections of unknown processes
    """
    connected = kernel_sockets.connected(
        [each.node.file_id for each in living]
    )
    if connected is None:
        return None, 0
    sockets = {inode for peers in connected.values() for inode in peers}
    holders = processes.holders(sockets)
    own = os.getpid()
    pids = {pid for pid in holders.values() if pid != own}
    return pids, len(sockets) - len(holders)


def _has_problem(known: list[findings.Finding]) -> bool:
    return any(each.is_problem for each in known)
