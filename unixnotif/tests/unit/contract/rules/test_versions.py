# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""V and M: the version rises if and only if the payload changes."""

from unixnotif import contract
from unixnotif.contract import catalogues
from unixnotif.contract import findings
from unixnotif.tests.unit.contract import base
from unixnotif.tests.unit.contract.base import declared
from unixnotif.tests.unit.contract.base import observed
from unixnotif.tests.unit.contract.base import payload


class VersionRulesTest(base.TestCase):
    """Histories of one payload: old versions, new ones, findings."""

    def check(
        self,
        before: tuple[base.Version, ...],
        now: tuple[base.Version, ...],
        *expected: str,
    ) -> None:
        self.assertEqual(
            list(expected), self.found(payload(*before), payload(*now))
        )

    def test_v107(self) -> None:
        """A kept catalogue must not lose a released version."""
        one, two = declared('1.0', a='any'), declared('1.1', a='any', b='any')
        pending = declared('1.0', 'pending', a='any')
        both = one, two
        for before, now, *expected in (
            (both, (two,), 'V107 error 1.0'),
            (both, (pending, two), 'V107 error 1.0'),
            ((pending, two), (two,)),
            (both, both),
            # The catalogue of one source has no released versions.
            (both, (declared('1.1', 'pending', a='any', b='any'),)),
            # Another catalogue, which shares no version.
            ((one,), (two,)),
        ):
            self.check(before, now, *expected)

    def test_v107_of_a_stable_branch(self) -> None:
        """Only the branch of a version N.N.N must keep it."""
        old, fix = (
            declared('1.5', a='any'),
            declared('1.5.1', a='any', b='any'),
        )
        new = declared('1.6', a='any', c='any')
        second = declared('1.5.2', a='any', b='any', d='any')
        self.check((old, fix), (old, new))
        self.check((old, fix), (old, second), 'V107 error 1.5.1')

    def test_v107_of_an_earlier_revision(self) -> None:
        """Each released version of an earlier revision must be there."""
        one, two = (
            declared('1.0', a='any'),
            declared('2.0', 'pending', b='any'),
        )
        other = base.payloads({'x:Other': (two,)})
        for now in payload(two), other:
            expected = ['x:Thing V107 error 1.0']
            report = contract.check(now, payload(one), kept=True)
            found = [
                f'{f.subject} {f.rule} {f.severity} {f.new}'
                for f in report.findings
                if f.rule == 'V107'
            ]
            self.assertEqual(expected, found)

    def test_v101(self) -> None:
        """A payload that changes with the same version breaks the rule."""
        old = declared('1.1', a='string', enums={'a': ['x']})
        for fields, enums, expected in (
            ({'a': 'string', 'b': 'string'}, ['x'], 'V101 error b 1.1'),
            ({}, ['x'], 'V101 error a 1.1'),
            ({'a': 'integer'}, ['x'], 'V101 error a 1.1'),
            ({'a': 'any'}, ['x'], 'V101 error a 1.1'),
            ({'a': 'list<string>'}, ['x'], 'V101 error a 1.1'),
            ({'a': 'string'}, ['x', 'y'], 'V101 error a 1.1'),
            ({'a': 'string'}, ['y'], 'V101 error a 1.1'),
        ):
            new = declared('1.1', enums={'a': enums}, **fields)
            self.check((old,), (new,), expected)

    def test_v101_declared(self) -> None:
        """V101 reports each changed fact of a class, in both directions."""
        uuid, enum = {'formats': {'a': 'uuid'}}, {'enums': {'a': ['x']}}
        for one, other, there, back in (
            (
                {'a': 'string'},
                {'a': 'string?'},
                'a may be null now (string or null, it was string)',
                'a is never null now (string, it was string or null)',
            ),
            (
                {'a': 'integer'},
                {'a': 'number'},
                'a changed from integer to number',
                'a changed from number to integer',
            ),
            (
                {'a': 'any'},
                {'a': 'string'},
                'a changed from any to string',
                'a changed from string to any',
            ),
            (
                {'a': 'list<any>'},
                {'a': 'list<string?>'},
                'a[] changed from any to string or null, but',
                'a[] changed from string or null to any, but',
            ),
            (
                {'a': 'list<string>'},
                {'a': 'list<string?>?'},
                'a may be null now (list<string or null> or null, it was '
                'list<string>) and a[] may be null now (string or null, it '
                'was string), but',
                'a is never null now (list<string>, it was list<string or '
                'null> or null) and a[] is never null now',
            ),
            (
                {'a': 'payload<x:B>'},
                {'a': 'payload<x:C>'},
                'a holds x:C in place of x:B',
                'a holds x:B in place of x:C',
            ),
            (
                {'a': 'string', **uuid},
                {'a': 'string'},
                'a changed from uuid to no format',
                'a changed from no format to uuid',
            ),
            (
                {'a': 'string', **enum},
                {'a': 'string'},
                'a changed from enum to no format',
                'a changed from no format to enum',
            ),
            (
                {'a': 'string', **uuid},
                {'a': 'integer?'},
                'a changed from string to integer or null and changed from '
                'uuid',
                'a changed from integer or null to string and changed from no',
            ),
        ):
            for old, new, message in ((one, other, there), (other, one, back)):
                before, now = (
                    payload(declared('1.0', **each)) for each in (old, new)
                )
                with self.subTest(message):
                    [finding] = self.report(before, now).findings
                    self.assertEqual('V101', finding.rule)
                    self.assertEqual(findings.Severity.ERROR, finding.severity)
                    self.assertIn(message, finding.message)
                    self.assertNotIn('in-minor', finding.slug)

    def test_v101_observed(self) -> None:
        """An observed field that disappears was removed."""
        for old, new, *expected in (
            ({'a': 'string'}, {}, 'V101 error a 1.0'),
            ({'a': '~string'}, {}),
            ({}, {'a': '~string'}, 'V101 error a 1.0'),
            ({'a': 'unknown?'}, {'a': 'string?'}),
            ({'a': 'list<unknown>'}, {'a': 'list<integer>'}),
            ({'a': 'string'}, {'a': 'integer|string'}, 'V101 error a 1.0'),
            ({'a': 'integer|string'}, {'a': 'string'}),
        ):
            self.check(
                (observed('1.0', **old),),
                (observed('1.0', **new),),
                *expected,
            )

    def test_v101_first_declaration(self) -> None:
        """The first declaration of an observed version changes nothing."""
        self.check(
            (observed('1.0', a='string', b='unknown?'),),
            (declared('1.0', a='string?', b='integer?', c='string'),),
        )

    def test_v101_unchanged(self) -> None:
        """An unchanged version is not judged."""
        for version in (declared('1.0', a='any'), observed('1.0', a='any')):
            self.check((version,), (version,))

    def test_v101_pending(self) -> None:
        """A pending version may be amended, unless strict_merge is set."""
        before = payload(declared('1.0', status='pending', a='string'))
        now = payload(
            declared('1.0', status='pending', a='string', b='string')
        )
        self.assertEqual(['V101 note b 1.0'], self.found(before, now))
        self.assertEqual(
            ['V101 error b 1.0'], self.found(before, now, strict_merge=True)
        )

    def test_amended_version_still_meets_those_before(self) -> None:
        """A pending version must not break the released one."""
        old = declared('1.0', a='string')
        before = payload(old, declared('1.1', 'pending', a='string', b='any'))
        now = payload(old, declared('1.1', 'pending', b='any'))
        self.assertEqual(
            ['C201 error a 1.0 -> 1.1', 'V101 note a 1.1'],
            self.found(before, now),
        )

    def test_v103_of_older_hosts(self) -> None:
        """A run that saw only an older host does not lower the version."""
        for make in (declared, observed):
            before = payload(make('1.1', a='string', b='any'))
            for run in (('1.0', {'a': 'string'}), ('1.1', {'a': 'string'})):
                now = contract.merge(
                    before, payload(observed(run[0], **run[1]))
                )
                found = self.found(before, now)
                self.assertEqual([], [f for f in found if 'error' in f])
                self.assertEqual('1.1', now.payloads[base.NAME].current)

    def test_v101_left_from_before_the_bump(self) -> None:
        """The cause names a class recorded before its version was raised."""
        old = declared('1.0', a='string')
        new = declared('1.0', a='string', b='any')
        bumped = declared('1.1', a='string', b='any')
        report = self.report(payload(old), payload(new, bumped))
        [finding] = report.reaching(findings.Severity.ERROR)
        self.assertEqual('V101', finding.rule)
        self.assertEqual(
            'b was added as any, in the recorded version 1.0', finding.message
        )
        self.assertEqual(
            'the changed class was recorded as 1.0, before the version of '
            'Thing was raised to 1.1',
            finding.cause,
        )
        self.assertEqual(
            'restore the catalogue (git checkout), and record '
            'again with --merge',
            finding.fix,
        )

    def test_v101_inherited(self) -> None:
        """The cause names the parent class whose version was raised."""
        old = declared('1.3', inherited={'a': 'x:Base 1.0'}, a='string')
        parent = 'x:Base 1.1'
        new = declared(
            '1.3',
            inherited={'a': parent, 'b': parent},
            a='string',
            b='integer',
        )
        report = self.report(payload(old), payload(new))
        [finding] = report.findings
        self.assertEqual(
            'b was added as integer, but the version is still 1.3',
            finding.message,
        )
        self.assertEqual(
            'the field comes from the parent class x:Base, whose version was '
            'raised (1.0 -> 1.1); raise the version of Thing as well',
            finding.cause,
        )
        self.assertEqual('raise VERSION of Thing from 1.3 to 1.4', finding.fix)

    def test_v101_inherited_removal(self) -> None:
        """The cause names a removal in the parent, bumped or not."""
        one = 'x:Base 1.0'
        old = declared(
            '1.3', inherited={'a': one, 'b': one}, a='string', b='any'
        )
        for after, expected in (
            (
                'x:Base 2.0',
                'the field was removed from the parent class x:Base, whose '
                'version was raised (1.0 -> 2.0); raise the version of Thing '
                'as well',
            ),
            (
                one,
                'the field was removed from the parent class x:Base 1.0; '
                'Thing inherits it: raise the versions of both classes',
            ),
        ):
            new = declared('1.3', inherited={'a': after}, a='string')
            [finding] = self.report(payload(old), payload(new)).findings
            self.assertEqual(expected, finding.cause)
            self.assertEqual(
                'raise VERSION of Thing from 1.3 to 2.0', finding.fix
            )

    def test_v102(self) -> None:
        """A version that rises without a change breaks the rule."""
        one, two = declared('1.0', a='string'), declared('1.1', a='string')
        self.check((one,), (one, two), 'V102 warning 1.0 -> 1.1')
        self.check(
            (one,),
            (one, declared('2.0', a='string')),
            'V102 warning 1.0 -> 2.0',
        )
        seen = observed('1.0', a='string', b='unknown?')
        for b, *expected in (
            ('unknown?', 'V102 note 1.0 -> 1.1'),
            ('string?',),  # perhaps a change: the type was unknown
        ):
            self.check(
                (seen,), (seen, observed('1.1', a='string', b=b)), *expected
            )

    def test_v102_nested(self) -> None:
        """A changed nested payload is a reason for a new version."""
        name, part = base.NAME, 'x:Part'
        holder = {'p': f'payload<{part}>'}
        before = base.payloads(
            {
                name: (declared('1.0', **holder),),
                part: (declared('1.0', a='string'),),
            }
        )
        now = base.payloads(
            {
                name: (declared('1.0', **holder), declared('1.1', **holder)),
                part: (
                    declared('1.0', a='string'),
                    declared('1.1', a='string', b='string'),
                ),
            }
        )
        self.assertEqual([], self.found(before, now))

    def test_v103(self) -> None:
        """A version must not decrease; 1.10 is higher than 1.9."""
        new, old = declared('1.10', a='any'), declared('1.9', b='any')
        self.check((old, new), (new, old), 'V103 error 1.10 -> 1.9')
        self.check((new,), (new,))

    def test_v104(self) -> None:
        """Versions are two or three numbers."""
        one = declared('1.0')
        for text in ('1', 'v1.1', '1.1.1.1', '', '1.x'):
            self.check(
                (one,), (one, declared(text)), f'V104 error {text}'.rstrip()
            )
        # A consumer compares numbers: 1.09 is 1.9.
        nine = declared('1.9')
        self.check((nine,), (nine, declared('1.09')), 'V104 error 1.09')
        # The malformed version was recorded before: no finding.
        self.check((declared('1'),), (declared('1'),))

    def test_v105(self) -> None:
        """An older recorded version must not get another schema."""
        two = declared('1.1', a='string', b='string')
        self.check(
            (declared('1.0', a='string'), two),
            (declared('1.0', a='integer'), two),
            'V105 error a 1.0',
        )

    def test_v105_after_a_lower_version(self) -> None:
        """The fix names no number: the catalogue may have that version."""
        one, two = declared('1.0', a='string'), declared('1.1', a='any')
        before = payload(one, two)
        changed = payload(declared('1.0', a='integer'))
        report = self.report(before, contract.merge(before, changed))
        [finding] = [f for f in report.findings if f.rule == 'V105']
        self.assertEqual(
            'raise VERSION of Thing to a version that is not in the catalogue',
            finding.fix,
        )

    def test_m301(self) -> None:
        """A new major version without a breaking change is a note."""
        old = declared('1.3', a='string')
        self.check(
            (old,),
            (old, declared('2.0', a='string', b='string')),
            'M301 note 1.3 -> 2.0',
        )
        for fields in ({'a': 'integer'}, {'b': 'string'}, {'a': 'string?'}):
            self.check((old,), (old, declared('2.0', **fields)))

    def test_history_of_a_new_payload(self) -> None:
        """Without a baseline, versions of a new payload are compared."""
        now = payload(declared('1.0', a='string'), declared('1.1', a='any'))
        self.assertEqual(
            ['C202 error a 1.0 -> 1.1'],
            self.found(catalogues.Catalogue(), now),
        )
