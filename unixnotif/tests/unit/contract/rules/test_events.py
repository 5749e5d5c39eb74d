# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""E and N: events, their payloads, and nested payloads."""

import dataclasses
from typing import Any

from unixnotif import contract
from unixnotif.contract import catalogues
from unixnotif.contract import findings
from unixnotif.tests.unit.contract import base
from unixnotif.tests.unit.contract.base import declared
from unixnotif.tests.unit.contract.base import observed


def event(name: str, version: str, make: Any = observed, **fields: str) -> Any:
    """A catalogue of an event that carries a payload."""
    found = base.payloads({name: (make(version, **fields),)})
    return contract.Catalogue(
        events={'e': ((name, version),)}, payloads=found.payloads
    )


class EventRulesTest(base.TestCase):
    """Rules about the payloads of events."""

    def check(self, before: Any, now: Any, *expected: str) -> None:
        merged = contract.merge(before, now)
        self.assertEqual(list(expected), self.found(before, merged))

    def test_e401(self) -> None:
        """If the payload of an event gets another name, both are compared."""
        before = event('x:A', '1.2', a='string')
        for version, fields, *expected in (
            (
                '1.3',
                {'a': 'string', 'b': 'string'},
            ),
            (
                '1.2',
                {'a': 'string', 'b': 'string'},
            ),
            ('1.3', {'a': 'integer'}, 'C202 error e.a 1.2 -> 1.3'),
            ('1.3', {'b': 'string'}, 'C201 error e.a 1.2 -> 1.3'),
            (
                '2.0',
                {'b': 'string'},
            ),
        ):
            versions = '1.2 -> ' * (version != '1.2') + version
            self.check(
                before,
                event('x:B', version, **fields),
                *expected,
                f'E401 note e {versions}',
            )

    def test_e401_same_name(self) -> None:
        """A new version of the same payload has no finding for the event."""
        self.check(
            event('x:A', '1.2', a='string'),
            event('x:A', '1.3', a='string', b='string'),
        )

    def test_v106_of_an_event(self) -> None:
        """In a minor version, an event's payload must keep its prefix."""
        before = event('x:A', '1.2', a='string')
        now = event('x:B', '1.3', a='string', b='string')
        renamed = dataclasses.replace(now.payloads['x:B'], prefix='y_object')
        now = dataclasses.replace(now, payloads={'x:B': renamed})
        self.check(
            before,
            now,
            'V106 error e 1.2 -> 1.3',
            'E401 note e 1.2 -> 1.3',
        )

    def test_e402(self) -> None:
        """The payload that replaces another must have a higher version."""
        self.check(
            event('x:A', '1.2', a='string'),
            event('x:B', '1.0', a='string', b='string'),
            'E402 error e 1.2 -> 1.0',
            'E401 note e 1.2 -> 1.0',
        )

    def test_e402_back_to_an_older_payload(self) -> None:
        """A class must not return to an older payload; a capture may."""
        payloads = base.payloads(
            {
                'x:A': (declared('1.2', a='string'),),
                'x:B': (declared('1.3', a='string', b='string'),),
            }
        ).payloads
        both, older = (('x:A', '1.2'), ('x:B', '1.3')), (('x:A', '1.2'),)
        for roots, *expected in (
            (
                True,
                'C201 error n.b 1.3 -> 1.2',
                'E402 error n 1.3 -> 1.2',
                'E401 note n 1.3 -> 1.2',
            ),
            (False,),
        ):
            before, now = (
                contract.Catalogue(
                    {} if roots else {'n': carried},
                    {'n': carried} if roots else {},
                    payloads,
                )
                for carried in (both, older)
            )
            self.check(before, now, *expected)

    def test_e403_event(self) -> None:
        """A missing event is an error, but a note if the source is one run."""
        for make, status, severity in (
            (observed, 'released', 'error'),
            (declared, 'released', 'error'),
            (declared, 'pending', 'error'),
            (observed, 'pending', 'note'),
        ):
            before = event('x:A', '1.0')
            now = event('x:A', '1.0', make, status=status)
            now = contract.Catalogue({'f': now.events['e']}, {}, now.payloads)
            expected = [f'E403 {severity} e 1.0']
            self.assertEqual(expected, self.found(before, now))

    def test_e403_observed(self) -> None:
        """A run need not emit every payload, so this is a note."""
        self.assertEqual(
            ['E403 note x:A 1.0'],
            self.found(
                base.payloads({'x:A': (observed('1.0'),)}),
                base.payloads({'x:B': (observed('1.0'),)}),
            ),
        )

    def test_e403_of_another_source(self) -> None:
        """An event is not missing from a catalogue that has no events."""
        before = event('x:A', '1.0')
        now = contract.Catalogue({}, {}, before.payloads)
        self.assertEqual([], self.found(before, now))

    def test_e403_declared(self) -> None:
        """A payload whose class was removed causes a warning."""
        before = base.payloads(
            {'x:A': (declared('1.0'),), 'x:B': (declared('1.0'),)}
        )
        alone = base.payloads({'x:B': (declared('1.0'),)})
        whole = contract.merge(before, alone, frozenset({'x'}))
        for now in (alone, whole):
            self.assertEqual(['E403 warning x:A 1.0'], self.found(before, now))
        # An earlier check has reported the missing class.
        self.assertEqual([], self.found(whole, whole))

    def test_e403_notification_class(self) -> None:
        """A missing notification class is an error."""
        payloads = base.payloads({'x:A': (declared('1.0'),)}).payloads
        before, now = (
            contract.Catalogue({}, {name: (('x:A', '1.0'),)}, payloads)
            for name in ('x:AN', 'x:BN')
        )
        self.assertEqual(['E403 error x:AN 1.0'], self.found(before, now))


class NestedRulesTest(base.TestCase):
    """A payload with a nested payload."""

    def catalogue(self, version: str, part: str) -> contract.Catalogue:
        """Return payloads of these versions, each with a field of its own."""
        return base.payloads(
            {
                base.NAME: (
                    declared(
                        version,
                        p='list<payload<x:Part>>',
                        **{f'v{version}': 'any'},
                    ),
                ),
                'x:Part': (declared(part, **{f'v{part}': 'any'}),),
            }
        )

    def found_of(self, rule: str, before: Any, now: Any) -> list[str]:
        report = contract.check(
            contract.merge(before, now),
            before,
            severities={rule: findings.Severity.WARNING},
        )
        return [f.place for f in report.findings if f.rule == rule]

    def test_n501(self) -> None:
        """A new major of a nested payload needs one of the outer payload."""
        before = self.catalogue('1.0', '1.0')
        place = f'{base.NAME}.p 1.0'
        for version, part, expected in (
            ('1.0', '2.0', [place]),
            ('1.1', '2.0', [f'{place} -> 1.1']),
            ('2.0', '2.0', []),
            ('1.0', '1.1', []),
        ):
            self.assertEqual(
                expected,
                self.found_of('N501', before, self.catalogue(version, part)),
            )

    def test_outer_version(self) -> None:
        """The message names the outer version that did not rise."""
        before = self.catalogue('1.0', '1.0')
        for rule, version, part, still in (
            (
                'N501',
                '1.1',
                '2.0',
                'but the major version of the outer payload is still 1',
            ),
            (
                'N502',
                '1.0',
                '1.1',
                'but the version of the outer payload is still 1.0',
            ),
        ):
            report = contract.check(
                contract.merge(before, self.catalogue(version, part)),
                before,
                severities={rule: findings.Severity.WARNING},
            )
            [message] = [f.message for f in report.findings if f.rule == rule]
            self.assertEqual(
                f'the version of x:Part in p rose from 1.0 to {part}, {still}',
                message,
            )

    def test_n502(self) -> None:
        """A new minor of a nested payload is a finding only on request."""
        before, now = (
            self.catalogue('1.0', '1.0'),
            self.catalogue('1.0', '1.1'),
        )
        merged = contract.merge(before, now)
        self.assertNotIn('N502', ' '.join(self.found(before, merged)))
        self.assertEqual(
            [f'{base.NAME}.p 1.0'], self.found_of('N502', before, now)
        )
        for version, part in (('1.1', '1.1'), ('1.0', '2.0')):
            now = self.catalogue(version, part)
            self.assertEqual([], self.found_of('N502', before, now))

    def test_status_does_not_matter(self) -> None:
        """A released catalogue is compared as any other."""
        before = self.catalogue('1.0', '1.0')
        released = catalogues.release(before, 'v1')
        self.assertEqual([], self.found(before, released))
