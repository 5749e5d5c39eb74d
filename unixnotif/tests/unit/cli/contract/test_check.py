#    Licensed under the Apache License, Version 2.0 (the "License"); you may
#    not use this file except in compliance with the License. You may obtain
#    a copy of the License at
#
#         http://www.apache.org/licenses/LICENSE-2.0
#
#    Unless required by applicable law or agreed to in writing, software
#    distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
#    WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
#    License for the specific language governing permissions and limitations
#    under the License.

"""``unixnotif contract check``."""

import json

from unixnotif import contract
from unixnotif.contract import allow
from unixnotif.tests.unit.cli.contract import base
from unixnotif.tests.unit.contract import base as catalogues

TEXT = """\
x:Thing
  error V101 changed-without-bump 1.0
    b was removed, it was string, but the version is still 1.0
    fix: raise VERSION of Thing from 1.0 to 2.0
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
        """The same, and the right bump."""
        for path in (self.before, self.fixed):
            self.assertEqual(
                '1 payload compared: clean\n', self.check(0, path)
            )

    def test_findings(self) -> None:
        """Payload, field, versions, rule, cause and fix; a summary last."""
        self.assertEqual(TEXT, self.check(1, self.broken))

    def test_formats(self) -> None:
        """For programs."""
        self.assertEqual(
            'V101',
            json.loads(self.check(1, self.broken, '--format', 'json'))[
                'findings'
            ][0]['rule'],
        )
        for name, expected in (
            ('junit', '<failure type="error V101 changed-without-bump"'),
            ('github', '::error title=V101 changed-without-bump::'),
        ):
            self.check(1, self.broken, '--format', name, out=expected)

    def test_severity_and_fail_on(self) -> None:
        """A project decides what fails."""
        as_warning = ('--severity', 'V101=warning')
        self.check(0, self.broken, *as_warning, out='1 warning')
        self.check(1, self.broken, *as_warning, '--fail-on', 'warning')
        as_off = ('--severity', 'changed-without-bump=off')
        self.check(0, self.broken, *as_off, out='clean')

    def test_show(self) -> None:
        """Notes are counted, and shown when asked for."""
        argv = ('--severity', 'V101=note')
        self.check(0, self.broken, *argv, out='1 note (1 not shown: ')
        self.check(0, self.broken, *argv, '--show', 'note', out='note V101')

    def test_usage(self) -> None:
        """What is not understood is 2."""
        for argv, expected in (
            (('--severity', 'X1=error'), "there is no rule 'X1'"),
            (('--severity', 'V101=bad'), "'bad' is none of error"),
            (('--format', 'xml'), "invalid choice: 'xml'"),
        ):
            self.check(2, self.broken, *argv, err=expected)
        self.check_command(2, 'check', self.broken, err='--against')

    def test_nothing_compared(self) -> None:
        """3: no baseline, or nothing in common."""
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

    def test_pending(self) -> None:
        """It may be amended, unless every merge counts."""
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
        """What no test shows is an error then."""
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
        """What was accepted is not found; entries for nothing are said."""
        [finding] = contract.check(base.BROKEN, base.BEFORE).findings
        entry = allow.Entry.of(finding, 'why not')
        path = self.write('allow.json', allow.encode([entry]).decode())
        argv = ('--allow', path)
        self.check(0, self.broken, *argv, out='clean', err='1 findings were')
        self.check(
            0,
            self.fixed,
            *argv,
            err='allow.json: nothing needs this any more: V101 x:Thing.b',
        )

    def test_no_allow_list(self) -> None:
        """It is a mistake."""
        self.check(
            2, self.broken, '--allow', 'none.json', err='no file none.json'
        )
        path = self.write('allow.json', '{"format": "x"}')
        self.check(
            2, self.broken, '--allow', path, err='allow.json: its format is'
        )
