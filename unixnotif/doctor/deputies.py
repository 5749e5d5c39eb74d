# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""A child process with the rights and the view of a service.

Rule: the child gives up the rights of root for good before it acts, sends
one JSON value, and ends. The parent waits a limited time.
"""

from collections.abc import Callable
import ctypes
import json
import os
import select
import signal
from typing import Any
from typing import Final

from unixnotif import clock
from unixnotif import errors
from unixnotif.doctor import accounts

_CLONE_NEWNS: Final = 0x00020000
_SECONDS: Final = 20.0
_MOST_BYTES: Final = 1024 * 1024


def is_possible() -> bool:
    """Return True if this process may act as another user."""
    return os.geteuid() == 0


def act(
    function: Callable[[], Any],
    rights: accounts.Credentials | None = None,
    pid: int = 0,
) -> Any:
    """Call a function in a child; return its result.

    :param function: returns a value that JSON can represent
    :param rights: user and groups of the child; None keeps those of this
        process
    :param pid: process whose file systems the child sees; 0 keeps those of
        this process
    :raises UnavailableError: the function failed, or took too long
    """
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        _run(function, rights, pid, reader, writer)
    os.close(writer)
    try:
        text = _read(reader)
    finally:
        os.close(reader)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    try:
        outcome = json.loads(text)
    except ValueError:
        raise errors.UnavailableError(
            f'no answer within {_SECONDS:.0f} seconds'
        ) from None
    if 'failure' in outcome:
        raise errors.UnavailableError(str(outcome['failure']))
    return outcome['result']


def _run(
    function: Callable[[], Any],
    rights: accounts.Credentials | None,
    pid: int,
    reader: int,
    writer: int,
) -> None:
    """Act in the child; never returns."""
    try:
        os.close(reader)
        try:
            if pid:
                _enter(pid)
            if rights is not None:
                _become(rights)
            outcome = {'result': function()}
        except BaseException as e:
            outcome = {'failure': _reason(e)}
        os.write(writer, json.dumps(outcome).encode())
    finally:
        os._exit(0)


def _reason(e: BaseException) -> str:
    if isinstance(e, OSError) and e.strerror:
        return e.strerror
    if isinstance(e, errors.UnixNotifError):
        return str(e)
    return f'{type(e).__name__}: {e}'


def _enter(pid: int) -> None:
    """See the file systems that a process sees (setns(2), chroot(2))."""
    # Before setns: another mount namespace may have another /proc.
    root = os.open(f'/proc/{pid}/root', os.O_RDONLY | os.O_CLOEXEC)
    mounts = os.open(f'/proc/{pid}/ns/mnt', os.O_RDONLY | os.O_CLOEXEC)
    # Python has os.setns() since 3.12.
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(mounts, _CLONE_NEWNS):
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    os.fchdir(root)
    os.chroot('.')


def _become(rights: accounts.Credentials) -> None:
    os.setgroups(sorted(rights.groups))
    os.setresgid(rights.gid, rights.gid, rights.gid)
    os.setresuid(rights.uid, rights.uid, rights.uid)


def _read(fd: int) -> bytes:
    deadline = clock.deadline(_SECONDS)
    poll = select.poll()
    poll.register(fd, select.POLLIN)
    data = b''
    while len(data) < _MOST_BYTES:
        remaining = deadline - clock.monotonic()
        if remaining <= 0 or not poll.poll(remaining * 1000):
            break
        part = os.read(fd, 65536)
        if not part:
            return data
        data += part
    return b''
