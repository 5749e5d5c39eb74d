# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""``unixnotif contract accept``."""

import io
import os

import fixtures

from unixnotif.cli.contract import base as commands
from unixnotif.contract import allowlist
from unixnotif.contract import storage
from unixnotif.tests.unit.cli.contract import base


class AcceptTest(base.TestCase):
    """Adding current findings to the allow-list."""

    def accept(self, code: int, *argv: str, err: str = '') -> None:
        self.check_command(
            code,
            'accept',
            self.broken,
            '--against',
            self.before,
            '--allow',
            'allow.json',
            '--rule',
            'V101',
            *argv,
            err=err,
        )

    def entries(self) -> list[allowlist.Entry]:
        return allowlist.decode(storage.read_bytes('allow.json'))

    def test_accept(self) -> None:
        """The check passes after its finding is accepted."""
        self.accept(
            0,
            '--payload=x:Thing',
            '--field=b',
            '--reason=why not',
            '--expires=9999-12-31',
        )
        [entry] = self.entries()
        self.assertEqual('V101 x:Thing.b 1.0 -> 1.0', str(entry))
        self.assertEqual('why not', entry.reason)
        self.check_command(
            0,
            'check',
            self.broken,
            '--against',
            self.before,
            '--allow',
            'allow.json',
        )

    def test_today(self) -> None:
        """An entry counts on its last day."""
        today = commands.today().isoformat()
        self.accept(0, '--payload=x:Thing', '--reason=x', f'--expires={today}')

    def test_severity(self) -> None:
        """With --severity, a rule that is off by default can be accepted."""
        self.save('before', base.nested('1.0'))
        self.save('broken', base.nested('1.1'))
        argv = ('--payload=x:Thing', '--rule=N502', '--reason=x')
        self.accept(1, *argv, err='no finding matches')
        self.accept(0, *argv, '--severity=N502=error')
        [entry] = self.entries()
        self.assertEqual('N502', entry.rule)

    def test_suggestion(self) -> None:
        """For a name without a namespace, the error suggests the full name."""
        self.accept(1, '--payload=Thing', err='did you mean x:Thing?')

    def test_again(self) -> None:
        """The new reason takes the place of the old one."""
        for reason in ('one', 'two'):
            self.accept(0, '--payload=x:Thing', f'--reason={reason}')
        self.assertEqual(['two'], [entry.reason for entry in self.entries()])

    def test_nothing_to_accept(self) -> None:
        """With a misspelled payload or field, nothing is accepted."""
        for argv in (('--payload=x:T',), ('--payload=x:Thing', '--field=a')):
            self.accept(1, *argv, '--reason=x', err='no finding matches')
        self.assertFalse(os.path.exists('allow.json'))

    def test_reason_is_needed(self) -> None:
        """accept asks for the reason on a terminal."""
        self.accept(
            2, '--payload=x:Thing', err='pass the reason, for example --reason'
        )
        self.accept(
            2, '--payload=x:Thing', '--reason= ', err='pass the reason, for'
        )
        stdin = io.StringIO('asked\n')
        stdin.isatty = lambda: True  # type: ignore[method-assign]
        self.useFixture(fixtures.MonkeyPatch('sys.stdin', stdin))
        self.accept(0, '--payload=x:Thing', err='reason: ')
        self.assertEqual(['asked'], [entry.reason for entry in self.entries()])

    def test_usage(self) -> None:
        """A malformed or past date is a usage error; so is an unknown rule."""
        self.accept(
            2, '--payload=x', '--expires=soon', err="'soon' is not a day"
        )
        self.accept(
            2,
            '--payload=x:Thing',
            '--reason=x',
            '--expires=2020-02-29',
            err='2020-02-29 is in the past',
        )
        self.assertFalse(os.path.exists('allow.json'))
        self.check_command(
            2,
            'accept',
            'x',
            '--against',
            'y',
            '--allow',
            'z',
            '--payload',
            'p',
            '--rule',
            'V999',
            err="there is no rule 'V999'",
        )

    def test_not_acceptable(self) -> None:
        """The fix of a stale catalogue is to record again."""
        for rule in ('K606', 'K607'):
            argv = (f'--rule={rule}', '--payload=now.json', '--reason=x')
            self.accept(2, *argv, err=f'cannot accept {rule}: ')
        self.assertFalse(os.path.exists('allow.json'))

    def test_nothing_compared(self) -> None:
        """If nothing was compared, the exit code is 3."""
        self.before = 'none.json'
        self.accept(3, '--payload=x:Thing', '--reason=x')
