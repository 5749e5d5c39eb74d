# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Filters: the notifications that they select."""

import dataclasses
import re
from typing import Any

from testtools import matchers

from unixnotif import filter as filters
from unixnotif import notification
from unixnotif.tests import base

SERVER = {
    'nova_object.name': 'InstancePayload',
    'nova_object.namespace': 'nova',
    'nova_object.version': '1.10',
    'nova_object.data': {
        'uuid': 'u-1',
        'host': 'host1',
        'memory': 512,
        'locked': False,
        'power': None,
        'tags': ['a', 'b'],
        'flavor': {
            'nova_object.name': 'FlavorPayload',
            'nova_object.version': '1.4',
            'nova_object.data': {'vcpus': 2},
        },
    },
}


class FilterTest(base.TestCase):
    """Criteria, alone and combined."""

    def test_matches(self) -> None:
        """A notification matches if it meets every criterion."""
        received = base.new_notification(
            topics=('versioned_notifications', 'other')
        )
        nobody = base.new_notification(publisher_id=None)
        for criteria, expected in (
            ({}, True),
            ({'event_type': 'instance.create.end'}, True),
            ({'event_type': 'instance.*'}, True),
            ({'event_type': '*.end'}, True),
            ({'event_type': 'instance.?rea?e.[de]nd'}, True),
            ({'event_type': 'instance'}, False),
            ({'event_type': 'Instance.*'}, False),
            ({'event_type': ['service.*', 'instance.*']}, True),
            ({'event_type': ('service.*', 'volume.*')}, False),
            ({'event_type': iter(['instance.*'])}, True),
            ({'publisher_id': 'nova-compute:*'}, True),
            ({'publisher_id': 'nova-api:*'}, False),
            ({'priority': 'info'}, True),
            ({'priority': 'INFO'}, True),
            ({'priority': 'error'}, False),
            ({'topic': 'other'}, True),
            ({'topic': 'versioned'}, False),
            ({'event_type': 'instance.*', 'topic': 'other'}, True),
            ({'event_type': 'instance.*', 'topic': 'none'}, False),
        ):
            wanted = filters.Filter(**criteria)
            for _ in range(2):
                self.assertEqual(
                    expected, wanted.matches(received), str(wanted)
                )
                self.assertEqual(
                    expected, not wanted.differing(received), str(wanted)
                )
        anybody = filters.Filter(publisher_id='*')
        self.assertTrue(anybody.matches(nobody))
        self.assertFalse(filters.Filter(publisher_id='n*').matches(nobody))

    def test_unknown_priority(self) -> None:
        """A misspelled priority would match nothing, without a message."""
        for names in ('ERR', ['info', 'eror'], ''):
            e = self.assertRaises(ValueError, filters.Filter, priority=names)
            self.assertIn('use one of: audit, critical, debug,', str(e))

    def test_names_of_one_priority(self) -> None:
        """Warn and warning are the same, in a filter and a notification."""
        for emitted in ('WARN', 'WARNING', 'warning'):
            received = base.new_notification(priority=emitted)
            for wanted in ('warn', 'WARN', 'warning', 'Warning'):
                found = filters.Filter(priority=wanted)
                self.assertTrue(found.matches(received), (wanted, emitted))
                self.assertEqual({}, found.differing(received))
            others = filters.Filter(priority='error')
            self.assertEqual({'priority': emitted}, others.differing(received))

    def test_a_glob_spans_lines(self) -> None:
        """A star matches newlines; a glob must match the whole text."""
        odd = base.new_notification(event_type='a\nb')
        self.assertTrue(filters.Filter(event_type='a*').matches(odd))
        self.assertFalse(filters.Filter(event_type='a').matches(odd))

    def test_differing(self) -> None:
        """differing() returns the values of the unmet criteria only."""
        wanted = filters.Filter(
            event_type='instance.*', priority='error', topic='mine'
        )
        self.assertEqual(
            {'priority': 'INFO', 'topic': ('a',)},
            wanted.differing(base.new_notification(topics=('a',))),
        )

    def test_text(self) -> None:
        """The text of a filter reads like its arguments."""
        self.assertEqual('any notification', str(filters.Filter()))
        self.assertEqual(
            "event_type=['a', 'b'], priority='info'",
            str(filters.Filter(['a', 'b'], priority='info')),
        )

    def test_value(self) -> None:
        """Filters with equal criteria are equal; a filter is immutable."""
        wanted = filters.Filter('a*', priority='info')
        self.assertEqual(wanted, filters.Filter('a*', priority='info'))
        self.assertNotEqual(wanted, filters.Filter('a*'))
        self.assertRaises(
            dataclasses.FrozenInstanceError, setattr, wanted, 'topic', 'x'
        )

    def select(self, **criteria: Any) -> bool:
        """Return True if the criteria select a versioned notification."""
        received = base.new_notification(
            SERVER, sender=notification.Sender(pid=42, uid=1, gid=1)
        )
        wanted = filters.Filter(**criteria)
        matches = wanted.matches(received)
        self.assertEqual(matches, not wanted.differing(received))
        return matches

    def test_payload_type(self) -> None:
        """Names are globs, and versions are compared as numbers."""
        for condition, expected in (
            ('InstancePayload', True),
            ('Instance*', True),
            ('Instance', False),
            ('InstancePayload>=1.8', True),
            ('InstancePayload >= 1.8, < 2', True),
            ('InstancePayload>=1.11', False),
            ('InstancePayload!=1.10', False),
            ('>=1.8', True),
            ('FlavorPayload>=1.0', False),
            (['FlavorPayload', 'Instance*<2'], True),
        ):
            self.assertEqual(
                expected, self.select(payload_type=condition), str(condition)
            )
        legacy = base.new_notification({'uuid': 'u-1'})
        self.assertFalse(filters.Filter(payload_type='*').matches(legacy))
        for bad in ('', 'InstancePayload>=', 'InstancePayload>=x', '>', '!1'):
            e = self.assertRaises(ValueError, filters.Filter, payload_type=bad)
            self.assertIn('is not a payload such as "InstanceP', str(e))

    def test_where(self) -> None:
        """Fields are text for globs; other values are JSON."""
        for where, expected in (
            ({'uuid': 'u-*'}, True),
            ({'uuid': 'U-*'}, False),
            ({'flavor.vcpus': '2'}, True),
            ({'flavor.vcpus': 2}, True),
            ({'flavor.vcpus': [1, 2]}, True),
            ({'memory': '5?2'}, True),
            ({'locked': 'false'}, True),
            ({'locked': False}, True),
            ({'power': 'null'}, True),
            ({'tags[1]': 'b'}, True),
            ({'tags[2]': '*'}, False),
            ({'tags': '*"a"*'}, True),
            ({'flavor': 'FlavorPayload *'}, True),
            ({'uuid.x': '*'}, False),
            ({'uuid[0]': '*'}, False),
            ({'missing': '*'}, False),
            ({'uuid': 'u-1', 'host': 'host2'}, False),
            ({'uuid': 'u-1', 'host': ['host2', 'host1']}, True),
        ):
            self.assertEqual(expected, self.select(where=where), str(where))
        legacy = base.new_notification({'a': {'b': 'é'}})
        self.assertTrue(filters.Filter(where={'a.b': 'é'}).matches(legacy))
        self.assertTrue(filters.Filter(where={'a': '*é*'}).matches(legacy))
        text = base.new_notification('text')
        self.assertFalse(filters.Filter(where={'a': '*'}).matches(text))
        self.assertRaises(ValueError, filters.Filter, where={'a..b': '*'})

    def test_exclude_and_pid(self) -> None:
        """Excluded event types are refused, and so are other processes."""
        for criteria, expected in (
            ({'exclude': 'instance.*'}, False),
            ({'exclude': ['a', '*.end']}, False),
            ({'exclude': 'compute.*'}, True),
            ({'event_type': 'instance.*', 'exclude': '*.start'}, True),
            ({'pid': 42}, True),
            ({'pid': [1, 42]}, True),
            ({'pid': 43}, False),
        ):
            self.assertEqual(expected, self.select(**criteria), str(criteria))
        unknown = base.new_notification()
        self.assertFalse(filters.Filter(pid=42).matches(unknown))

    def test_several_values(self) -> None:
        """One of several priorities or topics is enough."""
        received = base.new_notification(priority='WARN', topics=('a', 'b'))
        for wanted, expected in (
            (filters.Filter(priority=['error', 'warning']), True),
            (filters.Filter(priority=['error', 'info']), False),
            (filters.Filter(topic=['b', 'c']), True),
            (filters.Filter(topic=['c', 'd']), False),
        ):
            self.assertEqual(expected, wanted.matches(received), str(wanted))

    def test_matchers(self) -> None:
        """Criteria may be matchers; a payload must be one."""
        for criteria, expected in (
            ({'event_type': matchers.StartsWith('instance.')}, True),
            ({'event_type': matchers.StartsWith('volume.')}, False),
            ({'topic': matchers.HasLength(0)}, True),
            ({'payload': matchers.Equals(SERVER)}, True),
            ({'payload': matchers.Equals({})}, False),
        ):
            self.assertEqual(expected, self.select(**criteria), str(criteria))
        e = self.assertRaises(TypeError, filters.Filter, payload={'a': 1})
        self.assertIn('HasPayload', str(e))
        self.assertRaises(
            TypeError, filters.Filter, event_type=re.compile('a')
        )

    def test_values_of_unmet_criteria(self) -> None:
        """The result has the value of the notification for each criterion."""
        received = base.new_notification(
            SERVER, sender=notification.Sender(pid=42, uid=1, gid=1)
        )
        wanted = filters.Filter(
            payload_type='FlavorPayload',
            where={'host': 'x', 'none': 'y'},
            exclude='*.end',
            pid=1,
        )
        self.assertEqual(
            {
                'payload_type': 'InstancePayload 1.10',
                'where': {'host': 'host1', 'none': None},
                'exclude': 'instance.create.end',
                'pid': 42,
            },
            wanted.differing(received),
        )
