# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Distribution packages (apt): the database and the message bus.

Rule: only missing packages are installed, and no package starts a service.
"""

from collections.abc import Callable
from collections.abc import Iterator
import contextlib
import dataclasses
import os
from pathlib import Path
import shutil

from tools import errors
from tools import process
from tools import workdirs
from tools.relay import rabbitmq

_TIMEOUT = 1200.0
# invoke-rc.d runs this file before each start; status 101 forbids the start.
_POLICY = Path('/usr/sbin/policy-rc.d')


@dataclasses.dataclass(frozen=True)
class Package:
    """A package of the distribution.

    :ivar name: in the registry
    :ivar is_there: returns True if its programs are there
    """

    name: str
    is_there: Callable[[], bool]


def _is_mariadb() -> bool:
    return mariadbd() is not None and shutil.which('mariadb') is not None


def mariadbd() -> str | None:
    """Return the path of the database server."""
    return shutil.which('mariadbd') or shutil.which(
        'mariadbd', path='/usr/sbin:/usr/libexec'
    )


PACKAGES = (
    Package('mariadb-server', _is_mariadb),
    Package('rabbitmq-server', rabbitmq.is_installed),
)


def install(logs: Path) -> None:
    """Install the packages that are missing.

    :raises ToolError: the user is not root, apt-get is missing or fails
    """
    missing = [each.name for each in PACKAGES if not each.is_there()]
    if not missing:
        return
    names = ' '.join(missing)
    if os.geteuid() or not shutil.which('apt-get'):
        raise errors.ToolError(
            f'{names}: not installed, and only root with apt-get can install '
            'packages; on Debian or Ubuntu, run as root: apt-get install '
            f'--no-install-recommends {names}'
        )
    log = logs / 'install-system.log'
    with (
        workdirs.step(f'installing {names}'),
        _no_starts(),
        log.open('w') as output,
    ):
        for command in (['update'], ['install', *missing]):
            _apt(command, log, lambda line: print(line, file=output))


def _apt(command: list[str], log: Path, keep: Callable[[str], None]) -> None:
    finished = process.run(
        [
            'apt-get', '-q', '-y', '--no-install-recommends',
            # Another installation may be under way.
            '-o', 'DPkg::Lock::Timeout=600', *command,
        ],
        cwd=log.parent,
        env=os.environ | {'DEBIAN_FRONTEND': 'noninteractive'},
        timeout=_TIMEOUT,
        on_line=keep,
    )  # fmt: skip
    if finished.returncode:
        lines = log.read_text(errors='replace').splitlines()
        wrong = [line for line in lines if line.startswith('E:')] or lines
        raise errors.ToolError(
            f'apt-get {command[0]} failed: {" ".join(wrong[-2:])}\n'
            f'the output of apt-get is in {log}'
        )


@contextlib.contextmanager
def _no_starts() -> Iterator[None]:
    """Keep packages from starting their services."""
    try:
        descriptor = os.open(_POLICY, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
    except FileExistsError:
        # Keep the policy of the owner of the machine.
        yield
        return
    try:
        os.write(descriptor, b'#!/bin/sh\nexit 101\n')
        os.fchmod(descriptor, 0o755)
        os.close(descriptor)
        yield
    finally:
        _POLICY.unlink(missing_ok=True)
