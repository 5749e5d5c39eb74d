# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Work directories, without a registry."""

from pathlib import Path
import subprocess
import sys

import fixtures
from oslotest import base

from tools import errors
from tools import workdirs


class WorkDirectoryTest(base.BaseTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.root = Path(self.useFixture(fixtures.TempDir()).path)
        self.where = workdirs.WorkDirectory(self.root / 'work')

    def test_in_use(self) -> None:
        """Two runs do not share a work directory."""
        with self.where.locked():
            error = self.assertRaises(
                errors.ToolError, self.where.locked().__enter__
            )
        self.assertIn('choose another one with --workdir', str(error))
        with self.where.locked():
            pass

    def test_not_writable(self) -> None:
        """The message names the directory and the reason."""
        (self.root / 'work').touch()
        error = self.assertRaises(
            errors.ToolError, self.where.locked().__enter__
        )
        self.assertIn(f'{self.root}/work: File exists', str(error))

    def test_foreign_directory(self) -> None:
        """A directory with files of somebody else stays unchanged."""
        for name in ('build', 'download', 'venv'):
            (self.where.workdir / name).mkdir(parents=True)
            (self.where.workdir / name / 'mine').touch()
        before = sorted(self.root.rglob('*'))
        error = self.assertRaises(
            errors.ToolError, self.where.locked().__enter__
        )
        self.assertIn(f'{self.root}/work has files, and is not', str(error))
        self.assertIn('for example --workdir /var/tmp/unixnotif', str(error))
        self.assertEqual(before, sorted(self.root.rglob('*')))
        # The message has the command for a directory of an earlier version.
        command = str(error).partition('run: ')[2]
        subprocess.run(['sh', '-c', command], check=True)
        with self.where.locked():
            self.where.clear()

    def test_own_directory(self) -> None:
        """A new or an empty directory belongs to the tools from then on."""
        self.where.workdir.mkdir()
        for _ in range(2):
            with self.where.locked():
                (self.where.workdir / 'source').touch()
                # The tools of one project may share a directory.
                workdirs.claim(self.where.workdir)

    def test_directory_of_tox(self) -> None:
        """The default directory may be that of an earlier version."""
        patch = fixtures.MonkeyPatch('tools.workdirs.CHECKOUT', self.root)
        with patch:
            where = workdirs.WorkDirectory(workdirs.default('x'))
            (where.workdir / 'venv').mkdir(parents=True)
            with where.locked():
                pass
            # The path must not only look like one.
            (self.root / 'build').touch()
            where = workdirs.WorkDirectory(self.root / '.tox' / '..')
            self.assertRaises(errors.ToolError, where.locked().__enter__)

    def fake_python(self, script: str) -> None:
        """Put a program in the place of the environment's Python."""
        self.where.python.parent.mkdir(parents=True)
        self.where.python.write_text(f'#!{sys.executable}\n{script}\n')
        self.where.python.chmod(0o755)

    def test_pip_fails(self) -> None:
        """The message has the error of pip, and names the log."""
        with self.where.locked():
            self.fake_python('print("ERROR: no such package\\nx"); exit(1)')
            error = self.assertRaises(
                errors.ToolError, self.where.pip, 'packages', ['install', 'x']
            )
        log = self.root / 'work' / 'logs' / 'install-packages.log'
        self.assertEqual(
            'pip failed: ERROR: no such package\n'
            f'the output of pip is in {log}',
            str(error),
        )
        self.assertEqual('ERROR: no such package\nx\n', log.read_text())

    def test_unpacks_a_source(self) -> None:
        """The archive that pip downloads becomes the target."""
        target = self.root / 'source'
        script = (
            'import pathlib, sys, tarfile\n'
            'to = next(x[7:] for x in sys.argv if x.startswith("--dest="))\n'
            'pathlib.Path("a_thing-1.0").mkdir()\n'
            'pathlib.Path("a_thing-1.0/setup.py").write_text("x")\n'
            'pathlib.Path(to).mkdir()\n'
            'with tarfile.open(f"{to}/a_thing-1.0.tar.gz", "w:gz") as made:\n'
            '    made.add("a_thing-1.0")\n'
        )
        made = fixtures.MonkeyPatch(
            'tools.workdirs.WorkDirectory.create_venv',
            lambda self: self.venv.mkdir(exist_ok=True, parents=True),
        )
        with self.where.locked(), made:
            self.fake_python(script)
            self.where.unpack('a-thing', '1.0', target)
        self.assertEqual('x', (target / 'setup.py').read_text())

    def test_installs_once(self) -> None:
        """A step runs again only when its inputs have changed."""
        runs = self.root / 'runs'
        script = f'print("x", file=open({str(runs)!r}, "a"))'
        output = self.useFixture(fixtures.StringStream('stdout')).stream
        with self.where.locked(), fixtures.MonkeyPatch('sys.stdout', output):
            self.fake_python(script)
            for expected in (1, 1):
                self.where.install('a thing', ['thing'], 'inputs')
                self.assertEqual(expected, len(runs.read_text().split()))
            error = self.assertRaises(
                OSError, self._install_without_venv, 'other inputs'
            )
        self.assertIn('venv', str(error))

    def _install_without_venv(self, inputs: str) -> None:
        def create(self: workdirs.WorkDirectory) -> None:
            if self.venv.exists():
                raise AssertionError('the old packages are still there')

        patch = fixtures.MonkeyPatch(
            'tools.workdirs.WorkDirectory.create_venv', create
        )
        with patch:
            self.where.install('a thing', ['thing'], inputs)
