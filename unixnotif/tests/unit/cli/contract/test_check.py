# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""``unixnotif contract check``."""

import json
import os
import re
import shlex
import subprocess

import fixtures

from unixnotif import contract
from unixnotif.contract import allowlist
from unixnotif.tests.unit.cli.contract import base
from unixnotif.tests.unit.contract import base as catalogues
from unixnotif.tests.unit.contract import things

TEXT = """\
x:Thing
  error V101 changed-without-bump 1.0
    at broken.json:5
    b was removed (its type was string), but the version is still 1.0
    fix: raise VERSION of Thing from 1.0 to 2.0
    accept: unixnotif contract accept broken.json --against before.json \
--allow allow.json --rule V101 --payload x:Thing --field b --reason REASON
    explain: unixnotif contract explain V101
1 payload compared: 1 error
"""


class CheckTest(base.TestCase):
    """Exit codes and output."""

    def check(
        self, code: int, now: str, *argv: str, out: str = '', err: str = ''
    ) -> str:
        return self.check_command(
            code,
            'check',
            now,
            '--against',
            self.before,
            *argv,
            out=out,
            err=err,
        )

    def test_clean(self) -> None:
        """An unchanged catalogue, and one with the right bump, are clean."""
        for path in (self.before, self.fixed):
            self.assertEqual(
                '1 payload compared: clean\n', self.check(0, path)
            )

    def test_types_without_classes(self) -> None:
        """The option --types without --declared is an error."""
        self.check(
            2,
            self.fixed,
            '--types=types.json',
            err='--types needs --declared, for example: --declared '
            'nova.notifications --types types.json',
        )

    def test_findings(self) -> None:
        """Payload, field, versions, rule, cause and fix; a summary last."""
        self.assertEqual(TEXT, self.check(1, self.broken))

    def test_formats(self) -> None:
        """Reports in XML and JSON can be parsed."""
        self.assertEqual(
            'V101',
            json.loads(self.check(1, self.broken, '--format', 'json'))[
                'findings'
            ][0]['rule'],
        )
        for name, expected in (
            ('junit', '<failure type="error V101 changed-without-bump"'),
            ('github', '::error file=broken.json,line=5,title=V101 '),
            ('gitlab', '"check_name": "V101 changed-without-bump"'),
            ('sarif', '"ruleId": "V101"'),
        ):
            self.check(1, self.broken, '--format', name, out=expected)

    def test_severity_and_fail_on(self) -> None:
        """A project decides what fails."""
        as_warning = ('--severity', 'V101=warning')
        self.check(0, self.broken, *as_warning, out='1 warning')
        self.check(1, self.broken, *as_warning, '--fail-on', 'warning')
        as_off = ('--severity', 'changed-without-bump=off')
        self.check(0, self.broken, *as_off, out='clean')

    def test_selection(self) -> None:
        """The options select categories and rules."""
        self.check(0, self.broken, '--use', 'LEGACY', out='clean')
        self.check(1, self.broken, '--use', 'version', out='V101')
        self.check(0, self.broken, '--except', 'V101', out='clean')
        for option in ('--use', '--except'):
            self.check(
                2,
                self.broken,
                option,
                'WIRE',
                err="'WIRE' is neither a category (VERSION, FORWARD,",
            )

    def test_legacy(self) -> None:
        """Legacy findings are warnings; --legacy changes their severity."""
        one, two = (
            self.save(name, contract.Catalogue(legacy={'e': fields}))
            for name, fields in (('one', {'a': 'string'}), ('two', {}))
        )
        argv = ('check', two, '--against', one)
        self.check_command(0, *argv, out='1 legacy event compared: 1 warning')
        self.check_command(1, *argv, '--legacy', 'error', out='error L701')
        self.check_command(3, *argv, '--legacy', 'off', err='nothing was com')

    def test_commands_to_paste(self) -> None:
        """Each command that a finding shows does what it says."""
        empty = {'format': allowlist.FORMAT, 'entries': []}
        allow = ('--allow', self.write('a b.json', json.dumps(empty)))
        options = (*allow, '--severity', 'V101=warning', '--use=VERSION')
        found = self.check(0, self.broken, *options)
        for name, expected in (
            ('explain', 'V101 changed-without-bump (error; '),
            ('accept', "'a b.json'"),
        ):
            [line] = re.findall(f'^    {name}: (.*)$', found, re.MULTILINE)
            words = shlex.split(line)
            self.assertEqual(['unixnotif', 'contract', name], words[:3])
            self.check_command(0, *words[2:], out=expected.strip("'"))
        self.check(0, self.broken, *options, out='clean')

    def test_unreleased(self) -> None:
        """Without a release there are only notes, and advice to release."""
        path = self.save(
            'pending',
            catalogues.payload(catalogues.declared('1.0', 'pending')),
        )
        argv = ('check', path, '--against', path)
        text = 'run: unixnotif contract release TAG pending.json\n'
        self.check_command(0, *argv, err=text)
        # With --strict-merge, a change of a pending version is an error.
        self.check_command(0, *argv, '--strict-merge')
        self.assertNotIn(text, self.text(self.err))
        self.check_command(0, 'release', 'v1', path)
        self.check_command(0, *argv)
        self.assertNotIn(text, self.text(self.err))

    def test_stale_catalogue(self) -> None:
        """The finding has the command that brings it up to date."""
        path = self.save('now', contract.Catalogue())
        source: tuple[str, ...] = (
            '--declared',
            things.__name__,
            '--unused',
            'on',
        )
        self.check_command(0, 'record', *source, '-o', 'base.json')
        # A class of this module refers to a class that does not exist.
        source = (*source, '--except', 'K607')
        argv = ('check', path, '--against', 'base.json', *source)
        found = self.check_command(1, *argv, out='error K606 stale-catalogue')
        [line] = re.findall('record now.json again and commit it: (.*)', found)
        self.check_command(0, *shlex.split(line)[2:])
        self.check_command(0, *argv, out='2 payloads compared: clean')
        # No command accepts this finding; the fix is to record again.
        self.assertNotIn('accept: ', found)

    def test_unused(self) -> None:
        """The values given with --unused are ignored in both catalogues."""
        one, two = (
            self.save(
                name,
                catalogues.payload(
                    catalogues.declared('1.0', a='string', enums={'a': values})
                ),
            )
            for name, values in (('one', ['x']), ('two', ['x', '_unused']))
        )
        for now, before in ((one, two), (two, one)):
            argv = ('check', now, '--against', before)
            self.check_command(1, *argv, out='_unused')
            self.check_command(0, *argv, '--unused', '_unused', out='clean')
            self.check_command(1, *argv, '--unused', 'x')

    def test_show(self) -> None:
        """Notes are counted, and shown when asked for."""
        argv = ('--severity', 'V101=note')
        self.check(0, self.broken, *argv, out='1 note (1 not shown; ')
        self.check(0, self.broken, *argv, '--show', 'note', out='note V101')

    def test_usage(self) -> None:
        """A usage error has exit code 2."""
        for argv, expected in (
            (('--severity', 'X1=error'), "there is no rule 'X1'"),
            (('--severity', 'V101=bad'), "'bad' is not a severity: use error"),
            (('--format', 'xml'), "invalid choice: 'xml'"),
        ):
            self.check(2, self.broken, *argv, err=expected)
        self.check_command(2, 'check', self.broken, err='git')

    def git(self, *args: str) -> None:
        who = ('-c', 'user.name=x', '-c', 'user.email=x')
        subprocess.run(['git', *who, *args], check=True)

    def test_merge_base(self) -> None:
        """By default, changes of master since the merge base do not count."""
        self.useFixture(fixtures.EnvironmentVariable('GITHUB_BASE_REF'))
        os.mkdir('sub')
        path = 'sub/now.json'
        self.git('init', '-q', '-b', 'work')
        contract.write(path, contract.encode(base.BEFORE))
        self.git('add', path)
        self.git('commit', '-q', '-m', 'one')
        self.check_command(
            2, 'check', path, err='name the baseline with --against'
        )
        self.git('update-ref', 'refs/remotes/origin/main', 'HEAD')
        self.git('checkout', '-q', '-b', 'other')
        contract.write(path, contract.encode(base.FIXED))
        self.git('commit', '-q', '-a', '-m', 'two')
        self.git('update-ref', 'refs/remotes/origin/main', 'HEAD')
        self.git('checkout', '-q', 'work')
        self.check_command(
            0,
            'check',
            path,
            err=f':{path} (the merge base with origin/main)',
        )
        contract.write(path, contract.encode(base.BROKEN))
        for folder, name in (('.', path), ('sub', 'now.json')):
            os.chdir(folder)
            self.check_command(1, 'check', name, out='error V101')
            self.check_command(0, 'diff', name, out='- b: string')
        os.chdir('..')
        self.check_command(
            3, 'check', self.before, err='there is no before.json in git'
        )
        self.git('checkout', '-q', '--orphan', 'alone')
        self.git('commit', '-q', '-m', 'alone')
        self.check_command(2, 'check', path, err='have no common commit')

    def test_earlier_revision(self) -> None:
        """A catalogue that is recorded again has lost its releases."""
        self.git('init', '-q')
        self.save('now', base.BEFORE)
        self.git('add', 'now.json')
        self.git('commit', '-q', '-m', 'one')
        self.git('update-ref', 'refs/remotes/origin/main', 'HEAD')
        pending = catalogues.declared('1.0', 'pending', a='string', b='string')
        again = catalogues.payload(pending)
        self.save('now', again)
        run = self.save('run', again)
        against = '--against=git:HEAD:now.json'
        for argv in ('now.json',), ('now.json', against):
            self.check_command(1, 'check', *argv, out='error V107')
        # A catalogue of one run.
        self.check_command(0, 'check', run, against)

    def test_target_branch(self) -> None:
        """A change to a stable branch is compared with that branch."""
        variable = self.useFixture(
            fixtures.EnvironmentVariable('GITHUB_BASE_REF')
        )
        self.git('init', '-q')
        for branch, catalogue in (
            ('origin/release', base.BROKEN),
            ('gerrit/stable/1', base.FIXED),
            ('origin/master', base.BEFORE),
        ):
            self.save('now', catalogue)
            self.git('add', 'now.json')
            self.git('commit', '-q', '-m', branch)
            self.git('update-ref', f'refs/remotes/{branch}', 'HEAD')
        for review, variable.newvalue, expected in (
            ('', None, 'origin/master'),
            ('[gerrit]\ndefaultbranch=stable/1\n', None, 'gerrit/stable/1'),
            ('[gerrit]\ndefaultbranch=stable/1\n', 'release', 'origin/rel'),
            ('no ini file', None, 'origin/master'),
        ):
            self.write('.gitreview', review)
            with fixtures.EnvironmentVariable(
                'GITHUB_BASE_REF', variable.newvalue
            ):
                self.check_command(
                    0, 'diff', 'now.json', err=f'merge base with {expected}'
                )

    def test_nothing_compared(self) -> None:
        """Without a baseline or a common payload, the exit code is 3."""
        other = self.save(
            'other', catalogues.payloads({'y:A': (catalogues.declared('1'),)})
        )
        empty = self.save('empty', contract.Catalogue())
        for now, against in (
            (self.before, 'none.json'),
            (other, self.before),
            (empty, self.before),
            (self.before, empty),
        ):
            self.check_command(
                3,
                'check',
                now,
                '--against',
                against,
                err='unixnotif: nothing was compared: ',
            )

    def test_empty_source(self) -> None:
        """A source without a payload is an error, even if nothing changed."""
        for source in ('--declared', 'json'), ('--samples', self.work):
            self.check(
                3,
                self.before,
                *source,
                err='unixnotif: nothing was compared: '
                f'{" ".join(source)} has no payload or legacy event',
            )

    def test_source_that_cannot_be_read(self) -> None:
        """Without any class, no option makes the check pass."""
        os.mkdir('unixnotif_no_class')
        self.write('unixnotif_no_class/__init__.py', '')
        self.write('unixnotif_no_class/one.py', '1 / 0')
        for option in '--severity=K607=warning', '--use=FORWARD':
            self.check(
                3,
                self.before,
                '--declared=unixnotif_no_class',
                option,
                err='unixnotif_no_class.one cannot be imported: ZeroDivis',
            )

    def test_pending(self) -> None:
        """A pending version may change, except with --strict-merge."""
        name = catalogues.NAME
        pending = [
            self.save(
                f'p{number}',
                catalogues.payloads(
                    {name: (catalogues.declared('1.0', 'pending', **fields),)}
                ),
            )
            for number, fields in enumerate(({'a': 'any'}, {'b': 'any'}))
        ]
        for code, argv in ((0, ()), (1, ('--strict-merge',))):
            self.check_command(
                code, 'check', pending[1], '--against', pending[0], *argv
            )

    def test_required_coverage(self) -> None:
        """Missing coverage is an error with the option."""
        now = self.save(
            'now',
            catalogues.payload(
                catalogues.both('1.0', {'a': 'any'}, {}),
            ),
        )
        argv = ('check', now, '--against', now)
        self.check_command(0, *argv)
        self.check_command(
            1, *argv, '--require-coverage', out='error K601 not-observed'
        )

    def test_allowed(self) -> None:
        """Accepted findings are hidden, unused entries are reported."""
        [finding] = contract.check(base.BROKEN, base.BEFORE).findings
        entry = allowlist.Entry.of(finding, 'why not')
        path = self.write('allow.json', allowlist.encode([entry]).decode())
        argv = ('--allow', path)
        self.check(
            0, self.broken, *argv, out='clean', err='accepted: 1 finding'
        )
        self.check(
            0,
            self.fixed,
            *argv,
            err='allow.json: unused entry, remove it: V101 x:Thing.b',
        )

    def test_no_allow_list(self) -> None:
        """A missing or invalid allow list is an error of usage."""
        self.check(
            2, self.broken, '--allow', 'none.json', err='no file none.json'
        )
        path = self.write('allow.json', '{"format": "x"}')
        self.check(
            2,
            self.broken,
            '--allow',
            path,
            err='allow.json: the key "format" has the value \'x\', and not',
        )
