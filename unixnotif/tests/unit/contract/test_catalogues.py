# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The model of a catalogue, and how runs are merged."""

import dataclasses

from unixnotif import contract
from unixnotif.contract import catalogues
from unixnotif.tests.unit.contract import base


class SchemaTest(base.TestCase):
    """One version of a payload."""

    def test_declared_goes_first(self) -> None:
        """If both sources have a field, the declared type counts."""
        _, schema = base.both('1.0', {'a': 'string?'}, {'a': '~string'})
        self.assertEqual(['declared', 'observed'], schema.source)
        self.assertEqual({'a': 'string?'}, schema.fields)

    def test_absence_is_observed(self) -> None:
        """A class does not tell whether a field may be absent."""
        _, schema = base.both('1.0', {'a': 'string?'}, {'a': '~string'})
        self.assertEqual('~string?', str(schema.type_of('a')))
        self.assertIsNone(schema.type_of('b'))

    def test_references(self) -> None:
        """The payloads that a version refers to."""
        _, schema = base.declared('1.0', a='list<payload<x:B>>?', c='string')
        self.assertEqual({'x:B'}, schema.references)

    def test_latest_is_of_numbers(self) -> None:
        """The schema is that of the current version, or else the highest."""
        versions = [base.declared(text) for text in ('1.10', '1.9')]
        found = base.payload(*versions, current=None).payloads[base.NAME]
        self.assertIs(found.versions['1.10'], found.schema)
        found = base.payload(*versions, current='1.9').payloads[base.NAME]
        self.assertIs(found.versions['1.9'], found.schema)


class MergeTest(base.TestCase):
    """Merges of catalogues, which keep all recorded versions."""

    def merged(
        self, *runs: contract.Catalogue, whole: frozenset[str] = frozenset()
    ) -> catalogues.Payload:
        """Return the payload after the runs are merged."""
        result = contract.Catalogue()
        for run in runs:
            result = contract.merge(result, run, whole)
        return result.payloads[base.NAME]

    def test_versions_add_up(self) -> None:
        """Old versions stay, and the new one is current."""
        found = self.merged(
            base.payload(base.declared('1.0')),
            base.payload(base.declared('1.1')),
        )
        self.assertEqual({'1.0', '1.1'}, found.versions.keys())
        self.assertEqual('1.1', found.current)

    def test_sources_stand_side_by_side(self) -> None:
        """Observations do not change declarations."""
        for runs in (
            (base.declared('1.0', a='string?'), base.observed('1.0', a='any')),
            (base.observed('1.0', a='any'), base.declared('1.0', a='string?')),
        ):
            schema = self.merged(*map(base.payload, runs)).versions['1.0']
            self.assertEqual({'a': 'string?'}, schema.declared)
            self.assertEqual({'a': 'any'}, schema.observed)

    def test_new_declaration_replaces_the_old(self) -> None:
        """A new declaration replaces the previous one."""
        schema = self.merged(
            base.payload(base.declared('1.0', a='string', b='string')),
            base.payload(base.declared('1.0', a='integer')),
        ).versions['1.0']
        self.assertEqual({'a': 'integer'}, schema.declared)

    def test_observations_add_up(self) -> None:
        """A field that one run lacks is optional."""
        schema = self.merged(
            base.payload(base.observed('1.0', a='string', b='integer')),
            base.payload(base.observed('1.0', a='unknown?', c='number')),
        ).versions['1.0']
        self.assertEqual(
            {'a': 'string?', 'b': '~integer', 'c': '~number'}, schema.observed
        )

    def test_status_is_kept(self) -> None:
        """A released version stays released."""
        schema = self.merged(
            base.payload(base.declared('1.0')),
            base.payload(base.declared('1.0', status='pending')),
        ).versions['1.0']
        self.assertEqual('released', schema.status)

    def test_mixture_does_not_change_what_is_current(self) -> None:
        """Observing an older host does not change the current version."""
        found = self.merged(
            base.payload(base.declared('1.1')),
            base.payload(base.observed('1.0')),
        )
        self.assertEqual('1.1', found.current)

    def test_lower_class_is_current(self) -> None:
        """A lower version of a class becomes current: the check finds it."""
        found = self.merged(
            base.payload(base.declared('1.1')),
            base.payload(base.declared('1.0')),
        )
        self.assertEqual('1.0', found.current)

    def test_partial_run_removes_nothing(self) -> None:
        """A partial run removes nothing."""
        other = base.payloads({'x:Other': (base.declared('1.0'),)})
        found = self.merged(base.payload(base.declared('1.0')), other)
        self.assertEqual('1.0', found.current)

    def test_whole_run_without_a_payload(self) -> None:
        """A payload that is gone keeps its versions; none is current."""
        other = base.payloads({'x:Other': (base.declared('1.0'),)})
        whole = frozenset({'x'})
        found = self.merged(
            base.payload(base.declared('1.0')), other, whole=whole
        )
        self.assertIsNone(found.current)
        self.assertEqual({'1.0'}, found.versions.keys())
        found = self.merged(
            base.payload(base.observed('1.0')), other, whole=whole
        )
        self.assertEqual('1.0', found.current)

    def test_package_knows_its_classes(self) -> None:
        """Recorded classes of a package are gone, whatever their namespace."""
        other = base.payloads({'y:Other': (base.declared('1.0'),)})
        roots: dict[str, catalogues.Carried] = {'x:One': ((base.NAME, '1.0'),)}
        for origin, package, is_gone in (
            ('shop.notes:Thing', 'shop', True),
            ('shop.notes:Thing', 'shop.notes', True),
            ('shop.notes:Thing', 'shop.not', False),
            ('shop.notes:Thing', '', False),
            ('', 'shop', False),
        ):
            before = base.payload(base.declared('1.0'))
            before.payloads[base.NAME] = dataclasses.replace(
                before.payloads[base.NAME], origin=origin
            )
            before = dataclasses.replace(before, roots=roots)
            found = contract.merge(before, other, package=package)
            self.assertEqual(
                is_gone, found.payloads[base.NAME].current is None
            )
            self.assertEqual(is_gone, not found.roots)
            # A class to which only another package refers.
            found = contract.merge(
                before, other, package=package, existing={base.NAME}
            )
            self.assertEqual('1.0', found.payloads[base.NAME].current)
            self.assertEqual(roots, found.roots)

    def test_outdated_observations(self) -> None:
        """Observations of removed or retyped fields are discarded."""
        old = {'a': 'string', 'b': 'string', 'c': 'string', 'd': 'string'}
        seen = {**old, 'wrong': 'integer'}
        schema = self.merged(
            base.payload(base.both('1.0', old, seen)),
            base.payload(
                base.declared('1.0', a='string?', b='integer', d='any')
            ),
        ).versions['1.0']
        self.assertEqual(
            {'a': 'string', 'd': 'string', 'wrong': 'integer'},
            schema.observed,
        )

    def test_whole_run_knows_its_notification_classes(self) -> None:
        """A missing notification class is removed from the catalogue."""
        payloads = base.payload(base.declared('1.0')).payloads
        carried = ((base.NAME, '1.0'),)
        before, now = (
            contract.Catalogue(
                {'e': carried}, dict.fromkeys(names, carried), payloads
            )
            for names in (('x:One', 'x:Two', 'y:One'), ('x:One',))
        )
        for whole, expected in (
            (frozenset[str](), {'x:One', 'x:Two', 'y:One'}),
            (frozenset({'x'}), {'x:One', 'y:One'}),
        ):
            merged = contract.merge(before, now, whole)
            self.assertEqual(expected, merged.roots.keys())
            self.assertEqual({'e'}, merged.events.keys())

    def test_events_remember(self) -> None:
        """The current payload of an event is last."""
        result = contract.merge(
            contract.Catalogue(events={'e': (('x:A', '1.0'), ('x:B', '1.0'))}),
            contract.Catalogue(events={'e': (('x:A', '1.0'),)}),
        )
        self.assertEqual(
            {'e': (('x:B', '1.0'), ('x:A', '1.0'))}, result.events
        )


class ReleaseTest(base.TestCase):
    """Freezing of pending versions."""

    def test_release(self) -> None:
        """Pending versions get the tag, frozen versions keep theirs."""
        found = base.payload(
            base.declared('1.0'), base.declared('1.1', status='pending')
        )
        self.assertEqual([(base.NAME, '1.1')], list(catalogues.pending(found)))
        released = catalogues.release(found, 'v1')
        versions = released.payloads[base.NAME].versions
        self.assertEqual(
            [None, 'v1'], [each.release for each in versions.values()]
        )
        self.assertEqual([], list(catalogues.pending(released)))
