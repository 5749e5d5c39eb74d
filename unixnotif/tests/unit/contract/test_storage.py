# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Catalogues in files and in git."""

import os
import subprocess

import fixtures

from unixnotif import contract
from unixnotif import errors
from unixnotif.contract import storage
from unixnotif.tests.unit.contract import base

CATALOGUE = base.payload(base.declared('1.0', a='string'))


class TestCase(base.TestCase):
    """A test with a directory."""

    def setUp(self) -> None:
        super().setUp()
        self.work = self.useFixture(fixtures.TempDir()).path
        self.path = os.path.join(self.work, 'c.json')

    def refused(self, read: object, *args: str) -> str:
        assert callable(read)
        return str(self.assertRaises(errors.CatalogueError, read, *args))


class LoadingTest(TestCase):
    """Reading and writing."""

    def test_file(self) -> None:
        """A written catalogue is read again."""
        contract.write(self.path, contract.encode(CATALOGUE))
        self.assertEqual(CATALOGUE, storage.read(self.path))
        self.assertEqual(CATALOGUE, storage.read_baseline(self.path))
        self.assertEqual(['c.json'], os.listdir(self.work))

    def test_mode(self) -> None:
        """A new file has the mode of the umask; an old one keeps its mode."""
        old = os.umask(0o027)
        self.addCleanup(os.umask, old)
        for chmod, expected in ((None, 0o640), (0o600, 0o600)):
            if chmod is not None:
                os.chmod(self.path, chmod)
            contract.write(self.path, b'')
            self.assertEqual(expected, os.stat(self.path).st_mode & 0o777)

    def test_link(self) -> None:
        """The file is written, and the link stays."""
        link = os.path.join(self.work, 'link')
        os.symlink('c.json', link)
        contract.write(link, b'{}')
        self.assertTrue(os.path.islink(link))
        self.assertEqual(b'{}', storage.read_bytes(self.path))

    def test_pipe(self) -> None:
        """A pipe or a device is written, not replaced."""
        os.mkfifo(self.path)
        reader = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK)
        self.addCleanup(os.close, reader)
        contract.write(self.path, b'{}')
        self.assertEqual(b'{}', os.read(reader, 99))

    def test_no_file(self) -> None:
        """A missing baseline has an error class of its own."""
        e = self.assertRaises(
            storage.NoBaselineError, storage.read_baseline, self.path
        )
        self.assertEqual(f'there is no file {self.path}', str(e))

    def test_unreadable(self) -> None:
        """The error has the name."""
        self.assertIn(self.work, self.refused(storage.read, self.work))
        where = os.path.join(self.work, 'none', 'c.json')
        self.assertIn(where, self.refused(lambda: contract.write(where, b'')))
        contract.write(self.path, b'{"format": 1}')
        self.assertIn(
            f'{self.path}: its format is 1',
            self.refused(storage.read, self.path),
        )


class GitTest(TestCase):
    """A catalogue in a repository."""

    def setUp(self) -> None:
        super().setUp()
        for name, value in (
            ('GIT_CONFIG_GLOBAL', os.devnull),
            ('GIT_CONFIG_SYSTEM', os.devnull),
            ('GIT_DIR', None),
            ('GIT_AUTHOR_NAME', 'x'),
            ('GIT_AUTHOR_EMAIL', 'x'),
            ('GIT_COMMITTER_NAME', 'x'),
            ('GIT_COMMITTER_EMAIL', 'x'),
        ):
            self.useFixture(fixtures.EnvironmentVariable(name, value))
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(self.work)

    def make_repository(self) -> None:
        self.git('init', '-q', '-b', 'main')
        contract.write(self.path, contract.encode(CATALOGUE))
        self.git('add', 'c.json')
        self.git('commit', '-q', '-m', 'one')
        contract.write(self.path, b'broken')

    def git(self, *args: str) -> None:
        subprocess.run(['git', *args], check=True, cwd=self.work)

    def test_revision(self) -> None:
        """A baseline may be a file of a git revision, by a relative path."""
        self.make_repository()
        os.mkdir('below')
        for where, path in (('.', 'c.json'), ('below', '../c.json')):
            os.chdir(os.path.join(self.work, where))
            for revision in ('main', 'HEAD', 'refs/heads/main'):
                found = storage.read_baseline(f'git:{revision}:{path}')
                self.assertEqual(CATALOGUE, found)

    def test_no_revision(self) -> None:
        """An unknown revision is an error, not a missing baseline."""
        self.make_repository()
        text = self.refused(storage.read_baseline, 'git:nowhere:c.json')
        self.assertEqual("git has no revision 'nowhere'", text)

    def test_no_such_path(self) -> None:
        """A revision without the file has no baseline."""
        self.make_repository()
        e = self.assertRaises(
            storage.NoBaselineError, storage.read_baseline, 'git:main:d.json'
        )
        self.assertEqual('there is no d.json in git revision main', str(e))

    def test_no_repository(self) -> None:
        """The message of git is in the error."""
        ceiling = os.path.dirname(self.work)
        self.useFixture(
            fixtures.EnvironmentVariable('GIT_CEILING_DIRECTORIES', ceiling)
        )
        text = self.refused(storage.read_baseline, 'git:main:c.json')
        self.assertIn('not a git repository', text)

    def test_no_git(self) -> None:
        """The error says that git cannot be run."""
        self.useFixture(fixtures.EnvironmentVariable('PATH', self.work))
        text = self.refused(storage.read_baseline, 'git:main:c.json')
        self.assertEqual('cannot run git: No such file or directory', text)

    def test_malformed(self) -> None:
        """The error shows the expected form."""
        for text in ('git:c.json', 'git::c.json', 'git:main:'):
            self.assertIn(
                'is not git:REVISION:PATH',
                self.refused(storage.read_baseline, text),
            )
