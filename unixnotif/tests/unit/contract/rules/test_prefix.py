# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""V106: the prefix of a payload, and versions that are amended."""

from unixnotif import contract
from unixnotif.tests.unit.contract import base
from unixnotif.tests.unit.contract.base import declared
from unixnotif.tests.unit.contract.base import observed
from unixnotif.tests.unit.contract.base import payload


class PrefixTest(base.TestCase):
    """The prefix is part of four keys on the wire."""

    def test_v106(self) -> None:
        """A changed prefix requires a new major version."""
        fields = {'a': 'string'}
        other = {**fields, 'b': 'string'}
        for make in (declared, observed):
            before = payload(make('1.0', **fields), prefix='nova_object')
            for version, after, *expected in (
                ('1.0', fields, 'V106 error 1.0'),
                ('1.1', fields, 'V106 error 1.0 -> 1.1'),
                ('1.1', other, 'V106 error 1.0 -> 1.1'),
                ('2.0', fields),
                ('2.0', other),
                ('2.1', other),
            ):
                run = payload(make(version, **after), prefix='other_object')
                for now in (run, contract.merge(before, run)):
                    self.assertEqual(expected, self.found(before, now))

    def test_v106_text(self) -> None:
        """The message names the old and the new key."""
        before, now = (
            payload(declared('1.0'), prefix=prefix) for prefix in 'xy'
        )
        [finding] = self.report(before, now).findings
        self.assertEqual(
            'the prefix changed from x to y, so that x.data becomes y.data',
            finding.message,
        )
        self.assertEqual(
            'keep the prefix x, or raise VERSION of Thing to 2.0', finding.fix
        )

    def test_v106_pending(self) -> None:
        """A changed prefix is a note until the major version is released."""
        one = declared('1.0', 'pending', a='string')
        before, now = (payload(one, prefix=prefix) for prefix in 'xy')
        self.assertEqual(['V106 note 1.0'], self.found(before, now))
        self.assertEqual(
            ['V106 error 1.0'], self.found(before, now, strict_merge=True)
        )
        two = declared('1.1', 'pending', a='string', b='any')
        versions = declared('1.0', a='string'), two
        before, now = (payload(*versions, prefix=prefix) for prefix in 'xy')
        self.assertEqual(['V106 error 1.1'], self.found(before, now))

    def test_v106_several_versions_at_once(self) -> None:
        """If 2.0 changes the prefix, 2.1 may have the new prefix too."""
        before = payload(declared('1.0', a='string'), prefix='x')
        now = payload(
            declared('1.0', a='string'),
            declared('2.0', b='string'),
            declared('2.1', b='string', c='string'),
            prefix='y',
        )
        self.assertEqual([], self.found(before, now))

    def test_v106_of_older_hosts(self) -> None:
        """A run that saw only an older host does not change the prefix."""
        before = payload(
            observed('1.0', a='string'), observed('2.0'), prefix='new'
        )
        run = payload(observed('1.0', a='string'), prefix='old')
        self.assertEqual([], self.found(before, contract.merge(before, run)))

    def test_v106_classes_and_wire(self) -> None:
        """A prefix on the wire that the class does not have is found."""
        before = payload(declared('1.0', a='string'), prefix='old')
        run = payload(observed('1.0', a='string'), prefix='new')
        self.assertEqual(
            ['V106 error 1.0'],
            self.found(before, contract.merge(before, run)),
        )


class AmendedTest(base.TestCase):
    """A pending version that changes again."""

    def test_amended_version_repeats_nothing(self) -> None:
        """A finding for several earlier versions is reported once."""
        old = declared('1.0', a='string', b='string')
        for first, second, *expected in (
            # The break did not change.
            ({'a': 'integer'}, {'a': 'integer', 'c': 'any'}, 'V101 note c'),
            # The field is retyped again.
            (
                {'a': 'integer'},
                {'a': 'boolean'},
                'C202 error a 1.0 -> 1.1',
                'V101 note a',
            ),
            # Another field is removed, too.
            (
                {'a': 'string', 'c': 'any'},
                {'c': 'any'},
                'C201 error a 1.0 -> 1.1',
                'V101 note a',
            ),
        ):
            before, now = (
                payload(old, declared('1.1', 'pending', **fields))
                for fields in (first, second)
            )
            self.assertEqual(
                [each if '->' in each else f'{each} 1.1' for each in expected],
                self.found(before, now),
            )

    def test_amended_major_version_repeats_nothing(self) -> None:
        """Notes about a whole version are reported once, too."""
        old = declared('1.0', a='string')
        more = {'a': 'string', 'b': 'any'}
        before, now = (
            payload(old, declared('2.0', 'pending', **fields))
            for fields in (more, {**more, 'c': 'any'})
        )
        self.assertEqual(['V101 note c 2.0'], self.found(before, now))
