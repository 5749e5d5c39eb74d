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

"""Filters: the notifications that they select."""

import dataclasses

from unixnotif import filter as filters
from unixnotif.tests import base


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
            ({'event_type': 'instance.?reate.[de]nd'}, True),
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
        """It returns the values of the unmet criteria and of no others."""
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
