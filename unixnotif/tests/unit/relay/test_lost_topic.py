# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0


"""Tests of the messages about lost notifications."""

import collections

from unixnotif import relay
from unixnotif.relay import lost_topic
from unixnotif.tests import base


class LostTopicTest(base.TestCase):
    def test_adds_up(self) -> None:
        """There is one message in an interval, with the sum."""
        clock = self.new_clock()
        lost = relay.LostTopic('losses', 'unix+dir:///x')
        self.assertIsNone(lost.message(at_once=True))
        lost.add(collections.Counter(buffer_full=2))
        first = lost.message()
        assert first is not None
        self.assertEqual(
            (('losses',), 'WARN', lost_topic.EVENT_TYPE),
            (first.topics, first.priority, first.event_type),
        )
        self.assertEqual(
            {
                'address': 'unix+dir:///x',
                'count': 2,
                'reasons': {'buffer_full': 2},
            },
            first.payload,
        )
        # The lane was full.
        lost.add(collections.Counter(buffer_full=1, too_large=1))
        second = lost.message()
        assert second is not None
        self.assertEqual(4, second.payload['count'])
        lost.sent()
        lost.add(collections.Counter(buffer_full=5))
        self.assertIsNone(lost.message())
        clock.advance(lost_topic.INTERVAL)
        third = lost.message()
        assert third is not None
        self.assertEqual(5, third.payload['count'])
