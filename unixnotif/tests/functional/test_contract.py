# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The ratchet on a service's own classes, in a repository, as in CI.

Rule: real classes, real git, the real command; one break at a time.
"""

import os
import pathlib
import signal
import subprocess
import sys

import fixtures
from oslotest import base

from unixnotif.tests import base as testing

SERVICE = """\
from oslo_versionedobjects import base, fields


class Payload(base.VersionedObject):
    OBJ_SERIAL_NAMESPACE = 'stack_object'
    OBJ_PROJECT_NAMESPACE = 'stack'


class StackPayload(Payload):
    VERSION = '1.3'
    fields = {
        'id': fields.UUIDField(),
        'owner': fields.StringField(nullable=True),
    }


@base.VersionedObjectRegistry.register
class CreatePayload(StackPayload):
    VERSION = '1.5'
    fields = {
        'size': fields.IntegerField(),
    }


class CreateNotification(Payload):
    VERSION = '1.0'
    fields = {'payload': fields.ObjectField('CreatePayload')}
"""
SIZE = "        'size': fields.IntegerField(),\n"
OWNER = "        'owner': fields.StringField(nullable=True),\n"
CATALOGUE = 'notifications.json'


class ContractTest(base.BaseTestCase):
    """A service whose catalogue is committed."""

    def setUp(self) -> None:
        super().setUp()
        self.work = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        self.env = {
            **os.environ,
            'PYTHONPATH': f'{self.work}:{testing.ROOT}',
            'PYTHONDONTWRITEBYTECODE': '1',
            'GIT_CONFIG_GLOBAL': os.devnull,
            'GIT_CONFIG_SYSTEM': os.devnull,
        }
        self.env.pop('GIT_DIR', None)
        (self.work / 'stack').mkdir()
        (self.work / 'stack/__init__.py').touch()
        self.rewrite({})
        self.run_command('record', '--declared', 'stack', '-o', CATALOGUE)
        self.run_command('release', 'v1', CATALOGUE)
        self.git('init', '-q', '-b', 'main')
        self.git('add', CATALOGUE)
        self.git(
            '-c',
            'user.name=x',
            '-c',
            'user.email=x',
            'commit',
            '-q',
            '-m',
            'one',
        )

    def rewrite(self, changes: dict[str, str]) -> None:
        """Change the classes of the service."""
        text = SERVICE
        for old, new in changes.items():
            self.assertIn(old, text)
            text = text.replace(old, new)
        (self.work / 'stack/objects.py').write_text(text)

    def git(self, *args: str) -> None:
        subprocess.run(['git', *args], check=True, cwd=self.work, env=self.env)

    def run_command(self, *args: str, code: int = 0) -> str:
        """Run the command; return its output."""
        done = subprocess.run(
            [sys.executable, '-m', 'unixnotif.cli', 'contract', *args],
            cwd=self.work,
            env=self.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        self.assertEqual(code, done.returncode, done.stdout)
        return done.stdout

    def check(self, code: int) -> str:
        """Record the present classes, and compare them with git."""
        argv = ('--declared', 'stack', '-o', CATALOGUE, '--merge')
        self.run_command('record', *argv)
        return self.run_command(
            'check', CATALOGUE, '--against', f'git:main:{CATALOGUE}', code=code
        )

    def test_breaks(self) -> None:
        """A break is reported with its fix, and the right bump passes."""
        bump = ("VERSION = '1.5'", "VERSION = '1.6'")
        major = ("VERSION = '1.5'", "VERSION = '2.0'")
        for change, expected, right in (
            (
                (SIZE, f"{SIZE}        'name': fields.StringField(),\n"),
                [
                    'name was added as string, but the version is still 1.5',
                    'fix: raise VERSION of CreatePayload from 1.5 to 1.6',
                ],
                bump,
            ),
            (
                (SIZE, SIZE.replace('Integer', 'String')),
                [
                    'size changed from integer to string, but the version is '
                    'still 1.5',
                    'fix: raise VERSION of CreatePayload from 1.5 to 2.0',
                ],
                major,
            ),
            (
                (SIZE, ''),
                ['size was removed (its type was integer), but the version'],
                major,
            ),
        ):
            self.rewrite(dict([change]))
            found = self.check(1)
            for text in (
                'stack:CreatePayload\n',
                'error V101 changed-without-bump 1.5',
                *expected,
            ):
                self.assertIn(text, found)
            self.rewrite(dict([change, right]))
            self.assertEqual('1 payload compared: clean\n', self.check_again())

    def check_again(self) -> str:
        """Reset the catalogue to that of git, then call :meth:`check`."""
        self.git('checkout', '-q', CATALOGUE)
        return self.check(0)

    def test_inherited_break(self) -> None:
        """The parent is bumped, and the child is forgotten."""
        change = {
            OWNER: f"{OWNER}        'zone': fields.StringField(),\n",
            "VERSION = '1.3'": "VERSION = '1.4'",
        }
        self.rewrite(change)
        self.assertIn(
            '    zone was added as string, but the version is still 1.5\n'
            '    cause: the field comes from the parent class '
            'stack:StackPayload, whose version was raised (1.3 -> 1.4); '
            'raise the version of CreatePayload as well\n'
            '    fix: raise VERSION of CreatePayload from 1.5 to 1.6\n',
            self.check(1),
        )
        self.rewrite({**change, "VERSION = '1.5'": "VERSION = '1.6'"})
        self.assertEqual('1 payload compared: clean\n', self.check_again())

    def test_gone(self) -> None:
        """A payload that no class declares any more is reported."""
        self.rewrite(
            {
                'CreatePayload': 'MakePayload',
                "'size'": "'length'",
                "'id'": "'number'",
                "'owner'": "'tenant'",
            }
        )
        found = self.check(1)
        self.assertIn('stack:CreatePayload\n  warning E403 gone 1.5', found)

    def test_renamed(self) -> None:
        """A renamed class with the same fields gives two notes."""
        self.rewrite({'CreatePayload': 'MakePayload'})
        self.assertIn('1 payload compared: 2 notes', self.check(0))

    def test_a_broken_module_is_reported(self) -> None:
        """A broken module is reported; the classes of others are recorded."""
        (self.work / 'stack/driver.py').write_text('import no_such_thing\n')
        told = self.run_command(
            'record', '--declared', 'stack', '-o', 'other.json'
        )
        self.assertIn('stack.driver cannot be imported: Module', told)
        self.assertIn('other.json: 1 payload', told)

    def test_output_that_nobody_reads(self) -> None:
        """The exit code stays if the output is not read."""
        self.rewrite({SIZE: ''})
        self.check(1)
        clean = ('show', CATALOGUE)
        breaks = ('check', CATALOGUE, '--against', f'git:main:{CATALOGUE}')
        for shell, argv, code, expected in (
            # The reader of the pipe has gone before the command starts.
            ('exec 3> >(:); wait $!; "$@" >&3', breaks, 1, ''),
            ('exec 3> >(:); wait $!; "$@" >&3', clean, 0, ''),
            ('"$@" >&-', breaks, 2, 'unixnotif: standard output is closed'),
            ('"$@" >&-', clean, 2, 'unixnotif: standard output is closed'),
            ('"$@" >/dev/full', breaks, 2, 'unixnotif: standard output: No'),
            ('"$@" >/dev/full', clean, 2, 'unixnotif: standard output: No'),
        ):
            command = (sys.executable, '-m', 'unixnotif.cli', 'contract')
            done = subprocess.run(
                ['bash', '-c', shell, 'bash', *command, *argv],
                cwd=self.work,
                env=self.env,
                stderr=subprocess.PIPE,
                text=True,
                check=False,
            )
            self.assertEqual(code, done.returncode, f'{shell}: {done.stderr}')
            self.assertTrue(done.stderr.startswith(expected), done.stderr)
            self.assertLessEqual(len(done.stderr.splitlines()), 1)

    def test_no_baseline(self) -> None:
        """The exit code is 2 for a missing revision, 3 for a missing file."""
        for where, code, expected in (
            ('git:gone:notifications.json', 2, "no revision 'gone'"),
            ('git:main:other.json', 3, 'nothing was compared: there is no'),
            ('other.json', 3, 'nothing was compared: there is no file'),
            ('git:main', 2, "'git:main' is not git:REVISION:PATH"),
            ('.', 2, '.: Is a directory'),
        ):
            for command in ('check', 'diff', 'accept'):
                argv = [command, CATALOGUE, '--against', where]
                if command == 'accept':
                    argv += ['--allow=a.json', '--rule=V101', '--reason=x']
                    argv += ['--payload=stack:CreatePayload']
                self.assertIn(expected, self.run_command(*argv, code=code))

    def test_stopped(self) -> None:
        """check exits with 3 after a signal: nothing was compared."""
        waiting = str(self.work / 'waiting.json')
        os.mkfifo(waiting)
        argv = ('check', waiting, '--against', CATALOGUE)
        for number in (signal.SIGTERM, signal.SIGINT):
            running = subprocess.Popen(
                [sys.executable, '-m', 'unixnotif.cli', 'contract', *argv],
                cwd=self.work,
                env=self.env,
            )
            self.addCleanup(running.kill)
            # open() returns when the command reads the pipe.
            with open(waiting, 'wb'):
                running.send_signal(number)
                self.assertEqual(3, running.wait())

    def test_no_repository(self) -> None:
        """The message of git is in the error."""
        self.env['GIT_CEILING_DIRECTORIES'] = str(self.work.parent)
        (self.work / '.git').rename(self.work / 'elsewhere')
        argv = ('check', CATALOGUE, '--against', f'git:main:{CATALOGUE}')
        told = self.run_command(*argv, code=2)
        self.assertIn("git has no revision 'main': fatal: not a git", told)
        self.env['PATH'] = str(self.work)
        told = self.run_command(*argv, code=2)
        self.assertIn('cannot run git: No such file or directory', told)

    def test_unreadable(self) -> None:
        """The exit code for an unreadable file is 2 (usage), never 3."""
        (self.work / 'loop.json').symlink_to('loop.json')
        for argv in (
            ('check', 'loop.json', '--against', CATALOGUE),
            ('check', CATALOGUE, '--against', 'loop.json'),
            (
                'check',
                CATALOGUE,
                '--against',
                CATALOGUE,
                '--allow',
                'loop.json',
            ),
            ('diff', 'loop.json', '--against', CATALOGUE),
            ('diff', CATALOGUE, '--against', 'loop.json'),
            ('show', 'loop.json'),
            ('release', 'v1', 'loop.json'),
            ('record', '--recording', 'loop.json', '-o', 'new.json'),
        ):
            told = self.run_command(*argv, code=2)
            self.assertIn('loop.json: Too many levels of symbolic', told)
