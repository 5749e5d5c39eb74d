# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Work directories: a virtual environment, sources and logs, kept for reuse.

Rule: each step writes a stamp of its inputs when it is complete, and runs
again only when the inputs have changed. Nothing is written to, or removed
from, a directory that a tool did not create.
"""

import argparse
from collections.abc import Iterator
from collections.abc import Sequence
import contextlib
import fcntl
import hashlib
import os
from pathlib import Path
import shlex
import shutil
import subprocess
import sys
import tarfile
import time
from typing import Self
import venv

from tools import errors
from tools import process

#: The checkout that this file belongs to.
CHECKOUT = Path(__file__).resolve().parents[1]

#: File that identifies a work directory.
MARKER = '.unixnotif-workdir'
_MARK = 'The tools of unixnotif create and remove files in this directory.\n'

_INSTALL_TIMEOUT = 3600.0
# The files that a build of this project reads, beside its package.
_BUILD_INPUTS = ('pyproject.toml', 'setup.cfg', 'setup.py', 'requirements.txt')


def default(tool: str) -> Path:
    """Return the usual work directory of a tool."""
    return CHECKOUT / '.tox' / tool / 'work'


def add_options(
    options: argparse.ArgumentParser,
    tool: str,
    purpose: str = 'directory that is kept from run to run',
) -> None:
    """Add ``--workdir`` and ``--recreate``.

    :param tool: name of the tool, whose directory is the default
    :param purpose: of the directory, for the help
    """
    options.add_argument(
        '--workdir',
        type=Path,
        default=default(tool),
        metavar='DIR',
        help=f'{purpose} (default: .tox/{tool}/work)',
    )
    options.add_argument(
        '--recreate', action='store_true', help='install everything again'
    )


def claim(path: Path) -> None:
    """Create a work directory, or check that it is one.

    :raises ToolError: the directory has other files, which a tool could
        remove
    :raises OSError: the directory cannot be created or read
    """
    path.mkdir(parents=True, exist_ok=True)
    marker = path / MARKER
    if marker.exists():
        return
    # The directories of tox belong to the tools.
    is_ours = path.resolve().is_relative_to(CHECKOUT / '.tox')
    if not is_ours and any(path.iterdir()):
        raise errors.ToolError(
            f'{path} has files, and is not a work directory of a tool: pass '
            'a new or an empty directory, for example --workdir '
            f'/var/tmp/unixnotif; if a tool created {path}, run: touch '
            f'{shlex.quote(str(marker))}'
        )
    marker.write_text(_MARK)


class WorkDirectory:
    """A directory with a virtual environment that other runs reuse.

    :param workdir: its path
    """

    def __init__(self, workdir: Path) -> None:
        # Not resolve(): messages show the path as the user wrote it.
        self.workdir = workdir.absolute()
        self.venv = self.workdir / 'venv'
        self.python = self.venv / 'bin' / 'python'
        self.logs = self.workdir / 'logs'

    @contextlib.contextmanager
    def locked(self) -> Iterator[Self]:
        """Keep other runs out of the work directory.

        :raises ToolError: this run cannot write to it, another one uses it,
            or it has files that a tool did not create
        """
        try:
            claim(self.workdir)
            self.logs.mkdir(parents=True, exist_ok=True)
            lock = (self.workdir / 'lock').open('w')
        except OSError as error:
            raise errors.ToolError(
                f'cannot use the work directory {self.workdir}: '
                f'{error.strerror}; choose another one with --workdir'
            ) from error
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise errors.ToolError(
                    f'another run uses the work directory {self.workdir}: '
                    'wait for it, or choose another one with --workdir'
                ) from None
            yield self

    def clear(self) -> None:
        """Remove everything that earlier runs have prepared."""
        shutil.rmtree(self.venv, ignore_errors=True)

    def create_venv(self) -> None:
        """Create the virtual environment if it is missing.

        :raises ToolError: this Python cannot create one
        """
        if self.python.exists():
            return
        try:
            venv.create(self.venv, with_pip=True)
        except subprocess.CalledProcessError as error:
            raise errors.ToolError(
                'this Python cannot create a virtual environment; its venv '
                'and ensurepip may be a distribution package of their own, '
                'for example python3-venv'
            ) from error

    def install(
        self, title: str, requirements: Sequence[str | Path], inputs: str = ''
    ) -> None:
        """Install packages from the registry.

        :param title: for the user, for example ``nova 34.0.0``
        :param requirements: arguments of ``pip install``
        :param inputs: text that also decides whether to install again
        :raises ToolError: pip fails
        """
        arguments = list(map(str, requirements))
        wanted = '\n'.join([sys.version, *arguments, inputs])
        stamp = self.venv / 'packages.stamp'
        if is_current(stamp, wanted):
            return
        with step(f'installing {title} (minutes)'):
            if stamp.exists():
                # The environment has another Python, or other packages.
                shutil.rmtree(self.venv)
            self.create_venv()
            # Python compiles modules at their import. To compile all others,
            # for example drivers, takes a third of the installation time.
            self.pip(
                'packages',
                ['install', '--no-compile', '--progress-bar=off', *arguments],
            )
        stamp.write_text(wanted)

    def install_checkout(
        self, extras: str, requirements: Sequence[str | Path] = ()
    ) -> None:
        """Install unixnotif as it is in this checkout.

        :param extras: names of extras, separated by commas
        :param requirements: arguments of ``pip install`` that keep versions
        :raises ToolError: pip fails
        """
        wanted = f'{extras}\n{digest_of_checkout()}'
        stamp = self.venv / 'project.stamp'
        if is_current(stamp, wanted):
            return
        stamp.unlink(missing_ok=True)
        # A build directory from before would install deleted modules too.
        build = self.workdir / 'build'
        shutil.rmtree(build, ignore_errors=True)
        build.mkdir()
        setup = build / 'setup.cfg'
        setup.write_text(f'[build]\nbuild_base = {build}\n')
        with step('installing unixnotif from this checkout'):
            self.pip(
                'project',
                [
                    'install',
                    '--progress-bar=off',
                    *requirements,
                    f'{CHECKOUT}[{extras}]',
                ],
                DIST_EXTRA_CONFIG=str(setup),
                SKIP_GENERATE_AUTHORS='1',
                SKIP_WRITE_GIT_CHANGELOG='1',
            )
        stamp.write_text(wanted)

    def unpack(self, package: str, release: str, target: Path) -> None:
        """Download the source archive of a package, and unpack it.

        A wheel may lack tests and data files.

        :param target: directory to create; if it exists, do nothing
        :raises ToolError: the archive cannot be downloaded or unpacked
        """
        if target.is_dir():
            return
        archive = f'{package.replace("-", "_")}-{release}'
        download = self.workdir / 'download'
        shutil.rmtree(download, ignore_errors=True)
        with step(f'downloading the source of {package} {release}'):
            self.create_venv()
            self.pip(
                'source',
                [
                    'download',
                    '--progress-bar=off',
                    '--no-deps',
                    f'--no-binary={package}',
                    f'--dest={download}',
                    f'{package}=={release}',
                ],
            )
            try:
                for packed in download.glob('*.tar.gz'):
                    with tarfile.open(packed) as content:
                        # Before Python 3.11.4 there is no filter.
                        content.extraction_filter = getattr(
                            tarfile, 'data_filter', lambda member, _: member
                        )
                        content.extractall(download)
                (download / archive).rename(target)
            except (OSError, tarfile.TarError) as error:
                raise errors.ToolError(
                    f'cannot unpack the source of {package} {release} in '
                    f'{download}: {error}'
                ) from error
        shutil.rmtree(download, ignore_errors=True)

    def pip(
        self, name: str, arguments: Sequence[str | Path], **variables: str
    ) -> None:
        """Run pip of the virtual environment.

        :param name: of the log file, ``install-NAME.log``
        :param variables: added to its environment
        :raises ToolError: it fails; the message names the log
        """
        path = self.logs / f'install-{name}.log'
        last = ''

        with path.open('w') as log:

            def keep(line: str) -> None:
                nonlocal last
                log.write(f'{line}\n')
                if line.startswith('ERROR') or not last.startswith('ERROR'):
                    last = line.strip() or last

            finished = process.run(
                [self.python, '-m', 'pip', *arguments],
                cwd=self.workdir,
                env=clean_environ() | variables,
                timeout=_INSTALL_TIMEOUT,
                on_line=keep,
            )
        if finished.timed_out:
            last = f'stopped after {_INSTALL_TIMEOUT:.0f} seconds'
        if finished.timed_out or finished.returncode:
            raise errors.ToolError(
                f'pip failed: {last}\nthe output of pip is in {path}'
            )


def clean_environ() -> dict[str, str]:
    """Return the environment without variables of Python, tests and tox."""
    steering = ('PYTHON', 'OS_', 'TOX', 'VIRTUAL_ENV')
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(steering)
    }


@contextlib.contextmanager
def step(title: str) -> Iterator[None]:
    """Print the title of a step, and its duration at the end."""
    print(f'{title} ...', flush=True)
    started = time.monotonic()
    yield
    print(f'    done in {time.monotonic() - started:.0f} s', flush=True)


def is_current(stamp: Path, wanted: str) -> bool:
    """Return True if a stamp has the wanted text."""
    try:
        return stamp.read_text() == wanted
    except OSError:
        return False


def digest_of_checkout() -> str:
    """Return a digest of all inputs of an installation of this checkout."""
    digest = hashlib.sha256()
    package = CHECKOUT / 'unixnotif'
    paths = [CHECKOUT / name for name in _BUILD_INPUTS]
    paths += sorted(
        path for path in package.rglob('*') if '__pycache__' not in path.parts
    )
    for path in paths:
        if path.is_file():
            content = hashlib.sha256(path.read_bytes()).hexdigest()
            digest.update(f'{path.relative_to(CHECKOUT)} {content}\n'.encode())
    return digest.hexdigest()
