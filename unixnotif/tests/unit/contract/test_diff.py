# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Differences between two catalogues, as text."""

from unixnotif import contract
from unixnotif.contract import catalogues
from unixnotif.contract import diff
from unixnotif.tests.unit.contract import base
from unixnotif.tests.unit.contract.base import declared


class DiffTest(base.TestCase):
    """Everything that differs."""

    def check(
        self,
        before: contract.Catalogue,
        now: contract.Catalogue,
        *expected: str,
    ) -> None:
        self.assertEqual(list(expected), diff.diff(before, now))

    def test_nothing(self) -> None:
        """Equal catalogues give no line."""
        same = base.payload(declared('1.0', a='string'))
        self.check(same, same)

    def test_prefix(self) -> None:
        """The payload has a line for the changed prefix."""
        before, now = (
            base.payload(declared('1.0'), prefix=prefix) for prefix in 'ab'
        )
        self.check(before, now, '~ payload x:Thing', '  ~ prefix: a -> b')

    def test_new_version(self) -> None:
        """The new version is compared with the previous one."""
        before = base.payload(declared('1.9', a='string', b='any'))
        now = contract.merge(
            before, base.payload(declared('1.10', b='string', c='any'))
        )
        self.check(
            before,
            now,
            '~ payload x:Thing: 1.9 -> 1.10',
            '  + version 1.10, compared with 1.9',
            '    - a: string',
            '    ~ b: any -> string',
            '    + c: any',
        )

    def test_new_payload(self) -> None:
        """A new payload is listed with its fields, a missing one without."""
        none, some = (
            contract.Catalogue(),
            base.payload(declared('1.0', a='any')),
        )
        self.check(
            none,
            some,
            '+ payload x:Thing: 1.0',
            '  + version 1.0',
            '    + a: any',
        )
        self.check(some, none, '- payload x:Thing: 1.0', '  - version 1.0')

    def test_changed_version(self) -> None:
        """Changed status, values, formats and observations are shown."""
        before = base.payload(
            declared('1.0', 'pending', enums={'a': ['x']}, a='string')
        )
        now = catalogues.release(
            contract.merge(
                contract.merge(
                    before, base.payload(base.observed('1.0', a='unknown?'))
                ),
                base.payload(
                    declared(
                        '1.0',
                        enums={'a': ['x', 'y']},
                        formats={'a': 'uuid'},
                        a='string',
                    )
                ),
            ),
            'v1',
        )
        self.check(
            before,
            now,
            '~ payload x:Thing',
            '  ~ version 1.0',
            '    ~ status: pending -> released',
            '    + observed a: unknown?',
            '    ~ enum a: x -> x, y',
            '    + format a: uuid',
        )

    def test_events(self) -> None:
        """The text shows the current payloads of events."""
        before = contract.Catalogue({'e': (('x:A', '1.0'),), 'f': ()}, {})
        now = contract.Catalogue(
            {'e': (('x:A', '1.0'), ('x:B', '1.1'))}, {'x:N': (('x:B', '1.1'),)}
        )
        self.check(
            before,
            now,
            '~ event e: x:A 1.0 -> x:B 1.1',
            '+ notification class x:N: x:B 1.1',
        )
