# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Processes, as /proc describes them (proc(5)).

Rule: a process chooses its name and its arguments; every read is bounded,
and nothing that a process names is executed.
"""

from collections.abc import Iterable
from collections.abc import Iterator
import dataclasses
import itertools
import os
import re
from typing import Final

from unixnotif import clock
from unixnotif import errors
from unixnotif.doctor import accounts

_MOST_BYTES: Final = 256 * 1024
#: Seconds and descriptors after which a search in /proc ends.
_SECONDS: Final = 5.0
_MOST_DESCRIPTORS: Final = 2_000_000
_SOCKET: Final = re.compile(r'socket:\[(\d+)\]')
_PARENT: Final = re.compile(r'(?m)^PPid:\s*(\d+)$')
_LIMIT: Final = re.compile(r'(?m)^Max open files\s+(\d+)\s')
_MOST_ANCESTORS: Final = 100
_CONFIG: Final = re.compile(r'--config-(file|dir)(?:=(.*))?', re.DOTALL)


@dataclasses.dataclass(frozen=True, slots=True)
class Descriptors:
    """The descriptors of a process.

    :param number: of open ones
    :param limit: soft limit of open ones (RLIMIT_NOFILE)
    """

    number: int
    limit: int

    @property
    def is_exhausted(self) -> bool:
        """True if at least nine tenths of the limit are open."""
        return self.number * 10 >= self.limit * 9


@dataclasses.dataclass(frozen=True, slots=True)
class Process:
    """One process.

    :param name: name of its program
    :param rights: its user and groups
    :param arguments: of its command line
    :param executable: path, or empty if this process may not look
    :param environment: variables, or None if this process may not look
    :param mounts: its mount namespace, or empty if this process may not look
    :param directory: its working directory, or empty
    :param is_rooted: True if its root directory is not that of this process
    :param descriptors: open ones and their limit, or None if this process may
        not look, or if there is no limit
    """

    pid: int
    name: str
    rights: accounts.Credentials
    arguments: tuple[str, ...] = ()
    executable: str = ''
    environment: dict[str, str] | None = None
    mounts: str = ''
    directory: str = ''
    is_rooted: bool = False
    descriptors: Descriptors | None = None

    @property
    def is_elsewhere(self) -> bool:
        """True if the process sees other file systems than this process."""
        return self.is_rooted or self.mounts not in ('', own_mounts())

    @property
    def label(self) -> str:
        """Text that identifies the process."""
        return f'process {self.pid} ({self.name})'


def read(pid: int) -> Process:
    """Return a process.

    :raises UnavailableError: there is no such process
    """
    status = _status(_text(pid, 'status'))
    if status is None:
        raise errors.UnavailableError(f'there is no process {pid}')
    environment = _text(pid, 'environ')
    return Process(
        pid,
        _text(pid, 'comm').strip() or '?',
        status,
        tuple(_text(pid, 'cmdline').split('\0')[:-1]),
        _link(pid, 'exe'),
        {
            name: value
            for name, equals, value in (
                entry.partition('=') for entry in environment.split('\0')
            )
            if equals
        }
        if environment
        else None,
        _link(pid, 'ns/mnt'),
        _link(pid, 'cwd'),
        _is_rooted(pid),
        _descriptors(pid),
    )


def own_mounts() -> str:
    """Return the mount namespace of this process."""
    return _link(os.getpid(), 'ns/mnt')


def name_of(pid: int) -> str:
    """Return the name of a process; empty if there is none."""
    return _text(pid, 'comm').strip()


def shown(pid: int) -> str:
    """Return a process id with the name of the process."""
    name = name_of(pid)
    return f'process {pid} ({name})' if name else f'process {pid}'


def config_files(process: Process) -> list[str]:
    """Return the configuration files on the command line of a process.

    :returns: absolute paths, in their order
    """
    found = []
    arguments = iter(process.arguments[1:])
    for argument in arguments:
        match = _CONFIG.fullmatch(argument)
        if match is None:
            continue
        value = match[2] if match[2] is not None else next(arguments, '')
        if match[1] == 'file' and value:
            found.append(os.path.join(process.directory or '/', value))
    return found


def using_file(path: str) -> list[int]:
    """Return the processes with a configuration file on the command line."""
    own = os.getpid()
    return [
        pid
        for pid in _pids()
        if pid != own and _is_service(_text(pid, 'cmdline').split('\0'), path)
    ]


def _is_service(arguments: list[str], path: str) -> bool:
    """Return True for a service, not for a command of this package."""
    return (
        f'--config-file={path}' in arguments
        or ('--config-file', path) in itertools.pairwise(arguments)
    ) and not {'unixnotif', 'doctor'} & {
        *map(os.path.basename, arguments[:3]),
        *arguments,
    }


def ancestors(pid: int) -> set[int]:
    """Return the processes that started a process, except process 1."""
    found: set[int] = set()
    while pid > 1 and len(found) < _MOST_ANCESTORS:
        match = _PARENT.search(_text(pid, 'status'))
        pid = int(match[1]) if match else 0
        if pid in found:
            break
        found.add(pid)
    return found - {0, 1}


def holders(sockets: Iterable[int]) -> dict[int, int]:
    """Return which process holds which socket.

    :param sockets: inodes of sockets
    :returns: process id by inode, of those that this process may see
    """
    wanted = set(sockets)
    found: dict[int, int] = {}
    deadline = clock.deadline(_SECONDS)
    count = 0
    for pid in _pids() if wanted else ():
        try:
            with os.scandir(f'/proc/{pid}/fd') as entries:
                for entry in entries:
                    count += 1
                    if inode := _socket_of(entry.path, wanted):
                        found.setdefault(inode, pid)
        except OSError:
            continue
        if count > _MOST_DESCRIPTORS or clock.monotonic() > deadline:
            break
    return found


def _socket_of(path: str, wanted: set[int]) -> int:
    try:
        match = _SOCKET.fullmatch(os.readlink(path))
    except OSError:
        return 0
    return int(match[1]) if match and int(match[1]) in wanted else 0


def _pids() -> Iterator[int]:
    try:
        names = os.listdir('/proc')
    except OSError:
        return
    yield from (int(name) for name in names if name.isdecimal())


def _text(pid: int, name: str) -> str:
    try:
        with open(f'/proc/{pid}/{name}', 'rb') as f:
            return os.fsdecode(f.read(_MOST_BYTES))
    except OSError:
        return ''


def _link(pid: int, name: str) -> str:
    try:
        return os.readlink(f'/proc/{pid}/{name}')
    except OSError:
        return ''


def _descriptors(pid: int) -> Descriptors | None:
    match = _LIMIT.search(_text(pid, 'limits'))
    if match is None:
        return None
    try:
        with os.scandir(f'/proc/{pid}/fd') as entries:
            number = sum(1 for _ in itertools.islice(entries, int(match[1])))
    except OSError:
        return None
    return Descriptors(number, int(match[1]))


def _is_rooted(pid: int) -> bool:
    try:
        return not os.path.samefile(f'/proc/{pid}/root', '/')
    except OSError:
        return False


def _status(text: str) -> accounts.Credentials | None:
    """Return the rights of a process: its effective user and groups."""
    fields = dict(
        line.split(':', 1) for line in text.splitlines() if ':' in line
    )
    try:
        # Real, effective, saved, of the file system.
        return accounts.Credentials(
            int(fields['Uid'].split()[1]),
            int(fields['Gid'].split()[1]),
            frozenset(map(int, fields['Groups'].split())),
        )
    except (KeyError, IndexError, ValueError):
        return None
