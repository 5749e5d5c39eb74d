# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Install packages without their dependencies.

Rule: a complete installation leaves a stamp. A later run installs again only
when the versions have changed.
"""

import contextlib
import fcntl
import hashlib
import os
from pathlib import Path
import re
import shutil
import subprocess
import sys
import zipfile

from tools import errors
from tools import workdirs

CHECKOUT = Path(__file__).resolve().parents[2]
REQUIREMENTS = Path(__file__).with_name('requirements-alone.txt')

WORKDIR = CHECKOUT / '.tox' / 'zuul' / 'work'
#: Passes the work directory to the tests, which take no options.
VARIABLE = 'UNIXNOTIF_ZUUL_WORKDIR'

_TIMEOUT = 600.0
# The package "ansible" has half a gigabyte of collections. Install only the
# collection that contains "synchronize".
_COLLECTION = 'ansible_collections/ansible/posix/'


class Environment:
    """A work directory with the packages in it.

    :param workdir: keeps the packages from one run to the next
    """

    def __init__(self, workdir: Path) -> None:
        self.workdir = workdir.absolute()
        self.site = self.workdir / 'site'
        self.collections = self.workdir / 'collections'

    def prepare(self) -> None:
        """Install missing packages, and let Python find them.

        :raises ToolError: pip cannot install a package, or the directory is
            not writable, or is not a work directory
        """
        wanted = self._stamp()
        stamp = self.workdir / 'stamp'
        try:
            workdirs.claim(self.workdir)
            with (self.workdir / 'lock').open('w') as lock:
                # A second run waits for the first, and finds its packages.
                fcntl.flock(lock, fcntl.LOCK_EX)
                if not stamp.exists() or stamp.read_text() != wanted:
                    stamp.unlink(missing_ok=True)
                    self._install()
                    stamp.write_text(wanted)
        except OSError as error:
            raise errors.ToolError(
                f'cannot use the work directory {self.workdir}: '
                f'{error.strerror}; choose another one with --workdir'
            ) from error
        if str(self.site) not in sys.path:
            # Last: packages of the environment itself come first.
            sys.path.append(str(self.site))

    def environ(self, home: Path) -> dict[str, str]:
        """Return the variables for programs: this Python, a home of theirs.

        :param home: a temporary directory
        """
        steering = ('ANSIBLE_', 'PYTHON', 'ZUUL')
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(steering)
        }
        path = f'{Path(sys.executable).parent}{os.pathsep}{kept["PATH"]}'
        return {
            **kept,
            'PATH': path,
            'PYTHONPATH': str(self.site),
            'PYTHONDONTWRITEBYTECODE': '1',
            'HOME': str(home),
            'ANSIBLE_HOME': str(home / '.ansible'),
            'ANSIBLE_COLLECTIONS_PATH': str(self.collections),
            'ANSIBLE_LOCALHOST_WARNING': 'False',
            'ANSIBLE_NOCOLOR': '1',
            # Each task starts a third of the processes.
            'ANSIBLE_PIPELINING': 'True',
            'ANSIBLE_PYTHON_INTERPRETER': sys.executable,
            'NO_COLOR': '1',
        }

    def _stamp(self) -> str:
        """Return the versions that an installation has now."""
        digest = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()
        return f'{sys.version}\n{sys.executable}\n{digest}\n'

    def _install(self) -> None:
        wheels = self.workdir / 'wheels'
        for directory in (self.site, self.collections, wheels):
            # A killed run has left an incomplete installation.
            with contextlib.suppress(FileNotFoundError):
                shutil.rmtree(directory)
        names = re.findall(r'(?m)^[a-z]\S+$', REQUIREMENTS.read_text())
        plain = [name for name in names if not name.startswith('ansible==')]
        big = [name for name in names if name not in plain]
        _pip('install', '--no-deps', '--target', str(self.site), *plain)
        _pip('download', '--no-deps', '--dest', str(wheels), *big)
        for wheel in wheels.glob('*.whl'):
            with zipfile.ZipFile(wheel) as archive:
                members = [
                    name
                    for name in archive.namelist()
                    if name.startswith(_COLLECTION)
                ]
                archive.extractall(self.collections, members)
        shutil.rmtree(wheels)


def _pip(*arguments: str) -> None:
    command = [sys.executable, '-m', 'pip', '--quiet', *arguments]
    command.insert(4, '--disable-pip-version-check')
    try:
        done = subprocess.run(
            command,
            check=False,
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            timeout=_TIMEOUT,
        )
    except subprocess.TimeoutExpired:
        raise errors.ToolError(
            f'{" ".join(command)} did not end within {_TIMEOUT:.0f} seconds'
        ) from None
    if done.returncode:
        raise errors.ToolError(f'{" ".join(command)}\n{done.stderr.strip()}')
