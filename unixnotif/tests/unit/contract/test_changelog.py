# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The changelog of a catalogue."""

import dataclasses
from typing import Any

from unixnotif import contract
from unixnotif.contract import catalogues
from unixnotif.contract import changelog
from unixnotif.contract import deltas
from unixnotif.tests.unit.contract import base
from unixnotif.tests.unit.contract.base import declared

HEAD = (
    '| field | change | before | now | old consumer, new payload '
    '| new consumer, old payload |',
    '| --- | --- | --- | --- | --- | --- |',
)


class ChangelogTest(base.TestCase):
    """Markdown."""

    def check(self, before: Any, now: Any, *expected: str) -> None:
        lines = changelog.changelog(before, now)
        self.assertEqual(['# Changes of notification payloads'], lines[:1])
        self.assertEqual(list(expected), lines[1:])

    def test_nothing(self) -> None:
        """A release tag alone is no change for consumers."""
        same = base.payload(declared('1.0', 'pending', a='string'))
        self.check(same, catalogues.release(same, 'v1'), '', 'No changes.')

    def test_version(self) -> None:
        """A new version and an amended version have a table of changes."""
        before = base.payload(declared('1.0', a='string', b='integer|string'))
        row = '| `a` | removed | `string` |  | fails | works |'
        retyped = (
            '| `b` | retyped | `integer or string` | `list<string>` | '
            'fails | fails |'
        )
        for version, title in (
            ('2.0', '## `x:Thing` 1.0 → 2.0'),
            ('1.0', '## `x:Thing` 1.0'),
        ):
            now = base.payload(declared(version, b='list<string>'))
            self.check(
                before,
                contract.merge(before, now) if version == '2.0' else now,
                '',
                title,
                '',
                *HEAD,
                row,
                retyped,
            )

    def test_prefix(self) -> None:
        """A changed prefix breaks old and new consumers."""
        before = base.payload(declared('1.0'), prefix='a')
        now = contract.merge(before, base.payload(declared('2.0'), prefix='b'))
        self.check(
            before,
            now,
            '',
            '## `x:Thing` 1.0 → 2.0',
            '',
            *HEAD,
            '|  | prefix changed | `a` | `b` | fails | fails |',
        )

    def test_no_field(self) -> None:
        """A bump without a change is a version, too."""
        before = base.payload(declared('1.0', a='any'))
        now = contract.merge(before, base.payload(declared('1.1', a='any')))
        self.check(
            before, now, '', '## `x:Thing` 1.0 → 1.1', '', 'No field changed.'
        )

    def test_new_and_gone(self) -> None:
        """New and missing payloads, events and classes are listed."""
        none = contract.Catalogue()
        some = dataclasses.replace(
            base.payload(declared('1.0', a='any')),
            events={'e': (('x:Thing', '1.0'),)},
            roots={'x:N': (('x:Thing', '1.0'),)},
        )
        self.check(
            none,
            some,
            '',
            '## Events',
            '',
            '* `e` is new: `x:Thing 1.0`',
            '',
            '## Notification classes',
            '',
            '* `x:N` is new: `x:Thing 1.0`',
            '',
            '## `x:Thing` 1.0 is new',
            '',
            '| field | type |',
            '| --- | --- |',
            '| `a` | `any` |',
        )
        gone = base.payload(declared('1.0', a='any'), current=None)
        self.assertIn(
            '* `e` is gone; it was `x:Thing 1.0`',
            changelog.changelog(some, gone),
        )
        self.assertIn('## `x:Thing` is gone', changelog.changelog(some, gone))
        other = dataclasses.replace(some, events={'e': (('x:Thing', '1.1'),)})
        self.assertIn(
            '* `e`: `x:Thing 1.0` → `x:Thing 1.1`',
            changelog.changelog(some, other),
        )

    def test_legacy(self) -> None:
        """The changelog of legacy events includes added fields."""
        before, now = (
            contract.Catalogue(legacy=events)
            for events in (
                {'e': {'a': 'any'}, 'f': {}, 'g': {'a': 'any'}},
                {'e': {'b': 'any'}, 'g': {'a': 'any'}, 'h`|': {'c': '~any'}},
            )
        )
        self.check(
            before,
            now,
            '',
            '## Legacy event `e`',
            '',
            *HEAD,
            '| `a` | removed | `any` |  | fails | works |',
            '| `b` | added |  | `any` | works | fails |',
            '',
            '## Legacy event `f` is gone',
            '',
            "## Legacy event `h'\\|` is new",
            '',
            '| field | type |',
            '| --- | --- |',
            '| `c` | `any`, may be absent |',
        )

    def test_every_kind_has_both_directions(self) -> None:
        """Each kind of difference has an entry in DIRECTIONS."""
        self.assertEqual(set(deltas.What), set(deltas.DIRECTIONS))
