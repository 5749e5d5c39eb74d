# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Prepare the environment of a project: packages, source, adopted source.

Rule: each step leaves a stamp of its inputs, and is repeated when these have
changed.
"""

from collections.abc import Iterator
from collections.abc import Sequence
import contextlib
import fcntl
from pathlib import Path
import shutil
import subprocess
import sys
import tarfile
import venv

from tools import errors
from tools.adopt import patches
from tools.adopt import projects
from tools.nova import environment
from tools.nova import process

_INSTALL_TIMEOUT = 3600.0


class Environment:
    """The work directory of one project.

    :param workdir: where everything is kept from one run to the next
    :param project: the project
    """

    def __init__(self, workdir: Path, project: projects.Project) -> None:
        self.project = project
        self.workdir = workdir.absolute() / project.name
        self.python = self.workdir / 'venv' / 'bin' / 'python'
        self.logs = self.workdir / 'logs'
        self.baseline = self.workdir / 'baseline'
        self.adopted = self.workdir / 'adopted'

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
        """Remove everything that earlier runs have prepared."""
        for path in (self.workdir / 'venv', self.baseline, self.adopted):
            shutil.rmtree(path, ignore_errors=True)

    def prepare(self) -> None:
        """Do the steps that are missing.

        :raises ToolError: one of them failed; it names the log to read
        """
        self._source()
        self._packages()
        self._checkout()
        self._adopt()

    def _source(self) -> None:
        """Unpack the source archive: a wheel may lack the tests."""
        if self.baseline.is_dir():
            return
        project = self.project
        download = self.workdir / 'download'
        shutil.rmtree(download, ignore_errors=True)
        with environment.step(f'downloading {project.archive}'):
            self._venv()
            self._pip(
                'source',
                [
                    'download',
                    '--progress-bar=off',
                    '--no-deps',
                    f'--no-binary={project.package}',
                    f'--dest={download}',
                    f'{project.package}=={project.release}',
                ],
            )
            try:
                for archive in download.glob('*.tar.gz'):
                    with tarfile.open(archive) as packed:
                        packed.extractall(download, filter='data')
                # The stamp of this step is the directory itself.
                (download / project.archive).rename(self.baseline)
            except (OSError, tarfile.TarError) as error:
                raise errors.ToolError(
                    f'cannot unpack {project.archive} in {download}: {error}'
                ) from error
        shutil.rmtree(download, ignore_errors=True)

    def _venv(self) -> None:
        if self.python.exists():
            return
        try:
            venv.create(self.workdir / 'venv', with_pip=True)
        except subprocess.CalledProcessError as error:
            raise errors.ToolError(
                'this Python cannot make a virtual environment; its venv '
                'and ensurepip may be a distribution package of their own'
            ) from error

    def _packages(self) -> None:
        project = self.project
        required = self.baseline / 'test-requirements.txt'
        wanted = f'{sys.version}\n{project}\n{required.read_text()}'
        stamp = self.workdir / 'venv' / 'packages.stamp'
        if environment.is_current(stamp, wanted):
            return
        with environment.step(f'installing {project.archive} (minutes)'):
            self._venv()
            self._pip(
                'packages',
                [
                    'install',
                    '--progress-bar=off',
                    f'{project.package}=={project.release}',
                    f'--requirement={required}',
                    *project.requirements,
                ],
            )
        stamp.write_text(wanted)

    def _checkout(self) -> None:
        wanted = environment.digest_of_checkout()
        stamp = self.workdir / 'venv' / 'project.stamp'
        if environment.is_current(stamp, wanted):
            return
        stamp.unlink(missing_ok=True)
        # A build directory that is kept would install deleted modules too.
        build = self.workdir / 'build'
        shutil.rmtree(build, ignore_errors=True)
        build.mkdir()
        setup = build / 'setup.cfg'
        setup.write_text(f'[build]\nbuild_base = {build}\n')
        with environment.step('installing unixnotif from this checkout'):
            self._pip(
                'project',
                [
                    'install',
                    '--progress-bar=off',
                    f'{environment.CHECKOUT}[test]',
                ],
                DIST_EXTRA_CONFIG=str(setup),
                SKIP_GENERATE_AUTHORS='1',
                SKIP_WRITE_GIT_CHANGELOG='1',
            )
        stamp.write_text(wanted)

    def _adopt(self) -> None:
        change = self.project.change.read_text()
        stamp = self.workdir / 'adopted.stamp'
        if environment.is_current(stamp, change) and self.adopted.is_dir():
            return
        stamp.unlink(missing_ok=True)
        shutil.rmtree(self.adopted, ignore_errors=True)
        shutil.copytree(
            self.baseline,
            self.adopted,
            ignore=shutil.ignore_patterns('.stestr', '__pycache__'),
            symlinks=True,
        )
        patches.apply(change, self.adopted)
        stamp.write_text(change)

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
                env=environment.clean_environ() | variables,
                timeout=_INSTALL_TIMEOUT,
                on_line=keep,
            )
        if finished.timed_out:
            last = f'not done after {_INSTALL_TIMEOUT:.0f} seconds'
        if finished.timed_out or finished.returncode:
            raise errors.ToolError(
                f'pip failed: {last}\nall that it said: {path}'
            )
