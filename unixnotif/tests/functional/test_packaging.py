# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The contents of the wheel and the sdist of a real build.

Rule: builds a copy of the tree, offline, as a packager would: first the
sdist from git, then the wheel from the sdist.
"""

import configparser
import email.message
import email.parser
import os
import pathlib
import subprocess
import sys
import tarfile
import tempfile
from typing import ClassVar
import zipfile

from oslotest import base

ROOT = pathlib.Path(__file__).parents[3]

# pbr takes the version and the list of files from git; these variables make
# the copy a repository of its own, whatever the user's git is configured to
# do.
_GIT = {
    'GIT_AUTHOR_EMAIL': 'tests@example.org',
    'GIT_AUTHOR_NAME': 'tests',
    'GIT_COMMITTER_EMAIL': 'tests@example.org',
    'GIT_COMMITTER_NAME': 'tests',
    'GIT_CONFIG_GLOBAL': os.devnull,
    'GIT_CONFIG_SYSTEM': os.devnull,
}


def _run(*command: str, cwd: pathlib.Path, **env: str) -> str:
    done = subprocess.run(
        command,
        cwd=cwd,
        env={**os.environ, **_GIT, **env},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise AssertionError(f'{" ".join(command)} failed:\n{done.stdout}')
    return done.stdout


def _copy_tree(target: pathlib.Path) -> None:
    """Make target a repository with every file that git would take."""
    target.mkdir()
    _run('git', 'init', '--quiet', cwd=target)
    git_dir = str(target / '.git')
    # The index is filled from the tree under test, by its .gitignore, and
    # written out into the copy.
    _run('git', 'add', '--all', cwd=ROOT, GIT_DIR=git_dir, GIT_WORK_TREE='.')
    _run('git', 'checkout-index', '--all', cwd=target)
    _run('git', 'commit', '--quiet', '--message=copy', cwd=target)


class PackagingTest(base.BaseTestCase):
    """One build serves all tests: it takes seconds."""

    directory: ClassVar[tempfile.TemporaryDirectory[str]]
    sdist: ClassVar[set[str]]
    wheel: ClassVar[set[str]]
    contents: ClassVar[dict[str, str]]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.directory = tempfile.TemporaryDirectory(prefix='unixnotif-')
        cls.addClassCleanup(cls.directory.cleanup)
        source = pathlib.Path(cls.directory.name, 'source')
        dist = pathlib.Path(cls.directory.name, 'dist')
        _copy_tree(source)
        # Without isolation the build uses installed packages, fetching none.
        _run(
            sys.executable,
            '-m',
            'build',
            '--no-isolation',
            f'--outdir={dist}',
            cwd=source,
        )
        with tarfile.open(next(dist.glob('*.tar.gz'))) as tar:
            # Names below the folder NAME-VERSION.
            cls.sdist = {
                member.name.partition('/')[2]
                for member in tar.getmembers()
                if member.isfile()
            }
        with zipfile.ZipFile(next(dist.glob('*.whl'))) as wheel:
            cls.wheel = set(wheel.namelist())
            cls.contents = {
                pathlib.PurePath(name).name: wheel.read(name).decode()
                for name in cls.wheel
                if '.dist-info/' in name
            }

    def metadata(self) -> email.message.Message:
        return email.parser.Parser().parsestr(self.contents['METADATA'])

    def test_every_module_is_in_the_wheel(self) -> None:
        """The wheel has the package as it is in the tree, tests included."""
        tree = {
            str(path.relative_to(ROOT))
            for path in (ROOT / 'unixnotif').rglob('*.py')
        }
        self.assertIn('unixnotif/tests/functional/test_packaging.py', tree)
        self.assertEqual(set(), tree - self.wheel)

    def test_data_that_tests_read_is_in_the_wheel(self) -> None:
        """Samples and the like, beside the tests, are installed with them."""
        tree = {
            str(path.relative_to(ROOT))
            for path in (ROOT / 'unixnotif').rglob('*.json')
        }
        self.assertEqual(set(), tree - self.wheel)

    def test_page_of_a_report_is_in_the_wheel(self) -> None:
        """The wheel has template, scripts and libraries of the page."""
        tree = {
            str(path.relative_to(ROOT))
            for path in (ROOT / 'unixnotif/report').rglob('*')
            if path.is_file() and path.suffix != '.pyc'
        }
        self.assertIn('unixnotif/report/libraries/LICENSE.uPlot', tree)
        self.assertEqual(set(), tree - self.wheel)
        self.assertEqual(set(), tree - self.sdist)
        for name in ('uPlot', 'microdiff'):
            self.assertIn('MIT', self.contents[f'LICENSE.{name}'])

    def test_wheel_is_typed(self) -> None:
        """Type checkers of users read our annotations."""
        self.assertIn('unixnotif/py.typed', self.wheel)

    def test_wheel_holds_nothing_else(self) -> None:
        """The wheel has one package, without bench, demo or "fixtures"."""
        tops = {name.partition('/')[0] for name in self.wheel}
        self.assertEqual(
            ['unixnotif'],
            [top for top in tops if not top.endswith(('.dist-info', '.data'))],
        )
        self.assertEqual(3, len(tops))

    def test_data_files(self) -> None:
        """systemd and man find these below the prefix /usr or /usr/local."""
        self.assertEqual(
            {
                'data/lib/systemd/system/unixnotif-relay@.service',
                'data/share/man/man1/unixnotif.1',
            },
            {
                name.partition('.data/')[2]
                for name in self.wheel
                if '.data/' in name
            },
        )
        self.assertIn('doc/man/unixnotif.1', self.sdist)

    def test_wheel_is_clean(self) -> None:
        """The wheel has no compiled files, coverage data or backup files."""
        junk = ('.pyc', '.so', '.coverage', '.orig', '.rej')
        self.assertEqual([], [n for n in self.wheel if n.endswith(junk)])

    def test_license_is_in_both(self) -> None:
        """The package contains its license."""
        self.assertIn('LICENSE', self.sdist)
        self.assertIn('LICENSE', self.contents)
        self.assertIn('Apache License', self.contents['LICENSE'])

    def test_sdist_is_the_whole_project(self) -> None:
        """A distribution can build, test and document from the sdist."""
        wanted = {
            '.stestr.conf',
            'README.rst',
            'devstack/lib/unixnotif',
            'devstack/override-defaults',
            'devstack/plugin.sh',
            'devstack/settings',
            'doc/requirements.txt',
            'doc/source/conf.py',
            'doc/source/index.rst',
            'etc/unixnotif-relay@.service',
            'pyproject.toml',
            'releasenotes/source/conf.py',
            'requirements.txt',
            'setup.cfg',
            'setup.py',
            'test-requirements.txt',
            'tox.ini',
            'unixnotif/py.typed',
        }
        self.assertEqual(set(), wanted - self.sdist)

    def test_entry_points(self) -> None:
        """oslo.messaging, oslo.config and the shell find us by these."""
        parser = configparser.ConfigParser(delimiters=('=',))
        parser.optionxform = str  # type: ignore[assignment,method-assign]
        parser.read_string(self.contents['entry_points.txt'])
        found = {name: dict(parser[name]) for name in parser.sections()}
        self.assertEqual(
            {
                'console_scripts': {'unixnotif': 'unixnotif.cli:main'},
                'oslo.config.opts': {'unixnotif': 'unixnotif.opts:list_opts'},
                'oslo.messaging.drivers': {
                    'unix': 'unixnotif.transport_driver:UnixTransportDriver'
                },
                'oslo.messaging.notify.drivers': {
                    'unix': 'unixnotif.notify_driver:UnixDriver'
                },
                'pytest11': {'unixnotif': 'unixnotif.pytest_plugin'},
                'unixnotif.cli': {
                    'completion': 'unixnotif.cli.completion:Completion',
                    'contract_accept': 'unixnotif.cli.contract.accept:Accept',
                    'contract_check': 'unixnotif.cli.contract.check:Check',
                    'contract_diff': 'unixnotif.cli.contract.files:Diff',
                    'contract_explain': 'unixnotif.cli.contract.rules:Explain',
                    'contract_record': 'unixnotif.cli.contract.record:Record',
                    'contract_release': 'unixnotif.cli.contract.files:Release',
                    'contract_rules': 'unixnotif.cli.contract.rules:Rules',
                    'contract_show': 'unixnotif.cli.contract.files:Show',
                    'doctor': 'unixnotif.cli.doctor:Doctor',
                    'record': 'unixnotif.cli.record:Record',
                    'relay': 'unixnotif.cli.relay:Relay',
                    'replay': 'unixnotif.cli.replay:Replay',
                    'report': 'unixnotif.cli.report:Report',
                    'send': 'unixnotif.cli.send:Send',
                    'show': 'unixnotif.cli.show:Show',
                    'summary': 'unixnotif.cli.summary:Summary',
                    'tail': 'unixnotif.cli.tail:Tail',
                    'top': 'unixnotif.cli.top:Top',
                },
            },
            found,
        )

    def test_metadata(self) -> None:
        """The name, the Pythons and the extras are what the docs say."""
        metadata = self.metadata()
        self.assertEqual('unixnotif', metadata['Name'])
        self.assertEqual('>=3.11', metadata['Requires-Python'])
        self.assertEqual(
            {'cli', 'fast', 'relay', 'report', 'test'},
            set(metadata.get_all('Provides-Extra', [])),
        )

    def test_production_needs_oslo_only(self) -> None:
        """Without an extra, a service needs no further libraries."""
        requirements = self.metadata().get_all('Requires-Dist', [])
        plain = [r for r in requirements if 'extra ==' not in r]
        self.assertEqual(
            ['oslo.config', 'oslo.messaging', 'oslo.serialization'],
            sorted(r.partition('>')[0] for r in plain),
        )
