# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Search for the processes of services.

Rule: any process may connect to a subscriber, or have any command line. So
the search reads only /proc and the kernel's list of sockets, and the number
of processes that it returns is limited.
"""

from collections.abc import Iterable
import itertools
import os
import stat
from typing import Final
from typing import NamedTuple

from unixnotif import address
from unixnotif import errors
from unixnotif.doctor import installations
from unixnotif.doctor import kernel_sockets
from unixnotif.doctor import processes
from unixnotif.doctor import subscribers

#: Maximum number of kinds of processes to examine.
MOST: Final = 5
#: Maximum number of processes to compare.
MOST_PROCESSES: Final = 200
#: Maximum number of names of a directory to look at.
_MOST_NAMES: Final = 20_000


class Found(NamedTuple):
    """Result of a search.

    :ivar kinds: processes of services, by kind
    :ivar skipped: number of further processes, which were not compared
    """

    kinds: list['Kind']
    skipped: int = 0


class Kind(NamedTuple):
    """Processes that differ only in their process ids.

    They have the same rights, file systems, configuration files and
    installation, as the workers of one service.

    :ivar process: the process with the smallest id
    :ivar pids: all of them
    """

    process: processes.Process
    pids: tuple[int, ...]


def find(files: Iterable[str], addresses: Iterable[address.Address]) -> Found:
    """Return the processes of services on this host.

    :param files: a service has one of these files on its command line
    :param addresses: a service is connected to a subscriber of one of these
        directories, or listens on one of these sockets
    """
    pids = set(
        itertools.chain(
            itertools.chain.from_iterable(map(processes.using_file, files)),
            itertools.chain.from_iterable(map(_emitters, addresses)),
        )
    )
    pids.discard(os.getpid())
    kinds: dict[object, Kind] = {}
    for pid in sorted(pids)[:MOST_PROCESSES]:
        try:
            process = processes.read(pid)
        except errors.UnavailableError:
            continue  # The process has ended.
        key = _key(process)
        known = kinds.get(key, Kind(process, ()))
        kinds[key] = known._replace(pids=(*known.pids, pid))
    return Found(list(kinds.values()), max(0, len(pids) - MOST_PROCESSES))


def _key(process: processes.Process) -> object:
    return (
        process.rights,
        process.mounts,
        process.is_rooted,
        tuple(processes.config_files(process)),
        None if process.is_elsewhere else installations.of_process(process),
    )


def _emitters(where: address.Address) -> set[int]:
    """Return the processes that publish at an address."""
    if not where.is_directory:
        try:
            owner = subscribers.owner(where.path)
        except errors.UnavailableError:
            return set()
        return {owner.pid} - {0}
    connected = kernel_sockets.connected(_sockets(where.path)) or {}
    return set(
        processes.holders(
            itertools.chain.from_iterable(connected.values())
        ).values()
    )


def _sockets(path: str) -> list[tuple[int, int]]:
    """Return device and inode of the sockets in a directory."""
    found = []
    try:
        with os.scandir(path) as entries:
            for entry in itertools.islice(entries, _MOST_NAMES):
                status = entry.stat(follow_symlinks=False)
                if stat.S_ISSOCK(status.st_mode):
                    found.append((status.st_dev, status.st_ino))
    except OSError:
        pass  # A later finding says why.
    return found
