# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Make nova's own environment: packages, this checkout, nova's source tree.

Rule: each step leaves a stamp of what it was made from when it is complete,
and is done again only when that has changed.
"""

from collections.abc import Iterator
from collections.abc import Sequence
import contextlib
import fcntl
import hashlib
import os
from pathlib import Path
import re
import shutil
import subprocess
import sys
import tarfile
import time
import venv

from tools import errors
from tools.nova import process

CHECKOUT = Path(__file__).resolve().parents[2]
REQUIREMENTS = Path(__file__).with_name('requirements.txt')

_INSTALL_TIMEOUT = 1800.0
_EXTRAS = 'cli,test'
# What a build of this project reads, from the top of the checkout.
_BUILD_INPUTS = ('pyproject.toml', 'setup.cfg', 'setup.py', 'requirements.txt')


def clean_environ() -> dict[str, str]:
    """The caller's environment without what steers Python, tests or tox."""
    steering = ('PYTHON', 'OS_', 'TOX', 'VIRTUAL_ENV')
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(steering)
    }


class Environment:
    """A work directory with a virtual environment and nova's source in it.

    :param workdir: where everything is kept from one run to the next
    """

    def __init__(self, workdir: Path) -> None:
        # Not resolve(): the user's own name for it is shown in messages.
        self.workdir = workdir.absolute()
        self.python = self.workdir / 'venv' / 'bin' / 'python'
        self.logs = self.workdir / 'logs'
        release = re.search(
            r'^nova==(\S+)$', REQUIREMENTS.read_text(), re.MULTILINE
        )
        assert release is not None
        self.release = release[1]
        self.source = self.workdir / f'nova-{self.release}'

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Keep the work directory to this run.

        :raises ToolError: it cannot be written to, or is in use
        """
        try:
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
            yield

    def clear(self) -> None:
        """Forget everything that was made before."""
        shutil.rmtree(self.workdir / 'venv', ignore_errors=True)
        shutil.rmtree(self.source, ignore_errors=True)

    def prepare(self, *, project: bool) -> None:
        """Do the steps that are not done yet.

        :param project: whether unixnotif is needed in it
        :raises ToolError: one of them failed; it names the log to read
        """
        self._packages()
        self._source()
        if project:
            self._project()

    def _packages(self) -> None:
        wanted = f'{sys.version}\n{REQUIREMENTS.read_text()}'
        stamp = self.workdir / 'venv' / 'packages.stamp'
        if is_current(stamp, wanted):
            return
        self.clear()
        with step('making a virtual environment'):
            try:
                venv.create(self.workdir / 'venv', with_pip=True)
            except subprocess.CalledProcessError as error:
                raise errors.ToolError(
                    'this Python cannot make a virtual environment; its venv '
                    'and ensurepip may be a distribution package of their own'
                ) from error
        with step(f'installing nova {self.release} (about a minute)'):
            self._pip(
                'packages',
                ['install', '--progress-bar=off', '-r', REQUIREMENTS],
            )
        stamp.write_text(wanted)

    def _project(self) -> None:
        wanted = f'{_EXTRAS}\n{digest_of_checkout()}'
        stamp = self.workdir / 'venv' / 'project.stamp'
        if is_current(stamp, wanted):
            return
        stamp.unlink(missing_ok=True)
        # A build directory that is kept would install deleted modules too.
        build = self.workdir / 'build'
        shutil.rmtree(build, ignore_errors=True)
        build.mkdir()
        setup = build / 'setup.cfg'
        setup.write_text(f'[build]\nbuild_base = {build}\n')
        with step('installing unixnotif from this checkout'):
            self._pip(
                'project',
                [
                    'install',
                    '--progress-bar=off',
                    '-r',
                    REQUIREMENTS,
                    f'{CHECKOUT}[{_EXTRAS}]',
                ],
                DIST_EXTRA_CONFIG=str(setup),
                SKIP_GENERATE_AUTHORS='1',
                SKIP_WRITE_GIT_CHANGELOG='1',
            )
        stamp.write_text(wanted)

    def _source(self) -> None:
        """Unpack the sdist: a wheel has neither the samples nor etc/."""
        if self.source.is_dir():
            return
        download = self.workdir / 'download'
        shutil.rmtree(download, ignore_errors=True)
        with step(f"downloading nova {self.release}'s source"):
            self._pip(
                'source',
                [
                    'download',
                    '--progress-bar=off',
                    '--no-deps',
                    '--no-binary=:all:',
                    f'--dest={download}',
                    f'nova=={self.release}',
                ],
            )
            try:
                for archive in download.glob('nova-*.tar.gz'):
                    with tarfile.open(archive) as packed:
                        packed.extractall(download, filter='data')
                # The stamp of this step is the directory itself.
                (download / self.source.name).rename(self.source)
            except (OSError, tarfile.TarError) as error:
                raise errors.ToolError(
                    f'cannot unpack the source of nova {self.release} in '
                    f'{download}: {error}'
                ) from error
        shutil.rmtree(download, ignore_errors=True)

    def _pip(
        self, name: str, arguments: Sequence[str | Path], **variables: str
    ) -> None:
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
            last = f'not done after {_INSTALL_TIMEOUT:.0f} seconds'
        if finished.timed_out or finished.returncode:
            raise errors.ToolError(
                f'pip failed: {last}\nall that it said: {path}'
            )


@contextlib.contextmanager
def step(what: str) -> Iterator[None]:
    """Print what is done, and how long it took."""
    print(f'{what} ...', flush=True)
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
    """A digest of all that an installation of this checkout is made of."""
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
