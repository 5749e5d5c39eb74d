# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Tests of the matcher for notifications."""

import re
from typing import ClassVar

from oslotest import base as oslotest_base
from testtools import matchers

from unixnotif.matchers import comparison
from unixnotif.matchers import notifications
from unixnotif.matchers import payloads
from unixnotif.tests.unit.matchers import base

MatchesNotification = notifications.MatchesNotification
HasPayload = payloads.HasPayload

SERVER = base.emitted(topics=('notifications', 'versioned_notifications'))
WARNED = base.emitted(priority='WARN')
ANONYMOUS = base.emitted({'id': 1}, publisher_id=None, event_type='a.b')


class MatchesNotificationTest(
    base.MatcherInterface, oslotest_base.BaseTestCase
):
    matches: ClassVar = [
        (MatchesNotification(), SERVER),
        (
            MatchesNotification(
                'instance.create.end',
                publisher_id='nova-compute:host1',
                priority='INFO',
                topic='versioned_notifications',
                payload=HasPayload('InstancePayload'),
            ),
            SERVER,
        ),
        (
            MatchesNotification(
                'instance.*.end', publisher_id='*:host?', priority='info'
            ),
            SERVER,
        ),
        (MatchesNotification(priority='warning'), WARNED),
        (MatchesNotification(priority='warn'), WARNED),
        (MatchesNotification(['volume.*', 'instance.*']), SERVER),
        (MatchesNotification(payload=base.server()), SERVER),
        (MatchesNotification(payload={'id': comparison.ANY}), ANONYMOUS),
        (
            MatchesNotification(
                matchers.StartsWith('instance.'),
                publisher_id=matchers.EndsWith('host1'),
                priority=matchers.MatchesAny(
                    matchers.Equals('INFO'), matchers.Equals('WARN')
                ),
                topic=matchers.HasLength(2),
            ),
            SERVER,
        ),
        (MatchesNotification(publisher_id=matchers.Is(None)), ANONYMOUS),
    ]
    mismatches: ClassVar = [
        (
            MatchesNotification(
                'instance.delete.*',
                publisher_id='nova-api:*',
                priority='error',
                topic='notify',
            ),
            SERVER,
            'instance.create.end differs:\n'
            "  event_type: expected 'instance.delete.*', "
            "got 'instance.create.end'\n"
            "  publisher_id: expected 'nova-api:*', "
            "got 'nova-compute:host1'\n"
            "  priority: expected 'error', got 'INFO'\n"
            "  topic: expected 'notify', "
            "got ('notifications', 'versioned_notifications')",
        ),
        (
            MatchesNotification(
                payload=HasPayload('InstancePayload', '1.9', name_='web')
            ),
            SERVER,
            'instance.create.end differs:\n'
            '  payload: nova:InstancePayload 1.10 differs:\n'
            '    version: expected 1.9, got 1.10\n'
            "    name_: no field 'name_'; the fields are "
            'uuid, name, flavor, ip_addresses',
        ),
        (
            MatchesNotification(payload=base.server(uuid='u-2')),
            SERVER,
            'instance.create.end differs:\n'
            "  payload.uuid: expected 'u-2', got 'u-1'",
        ),
        (
            MatchesNotification('a.c', payload={'id': 2}),
            ANONYMOUS,
            "a.b differs:\n  event_type: expected 'a.c', got 'a.b'\n"
            '  payload.id: expected 2, got 1',
        ),
        (
            MatchesNotification(publisher_id='nova:*'),
            ANONYMOUS,
            "a.b differs:\n  publisher_id: expected 'nova:*', got None",
        ),
        (
            MatchesNotification(topic=matchers.HasLength(2)),
            ANONYMOUS,
            'a.b differs:\n  topics: len(()) != 2',
        ),
    ]
    written: ClassVar = [
        (MatchesNotification(), 'MatchesNotification()'),
        (
            MatchesNotification('a.*', payload=HasPayload(uuid='u-1')),
            "MatchesNotification(event_type='a.*', "
            "payload=HasPayload(uuid='u-1'))",
        ),
    ]
    refused: ClassVar = [
        (
            lambda: MatchesNotification(re.compile('a')),
            TypeError,
            "re.compile('a') is not a matcher; write "
            "testtools.matchers.MatchesRegex('a')",
        ),
        (
            lambda: MatchesNotification(MatchesNotification('a.b')),
            TypeError,
            'event_type must be a glob or a text matcher, not '
            "MatchesNotification(event_type='a.b'), which matches whole "
            'notifications; pass that matcher to assertThat',
        ),
    ]

    def test_composes(self) -> None:
        """Matchers of testtools can contain the matcher."""
        matcher = matchers.MatchesListwise(
            [MatchesNotification('a.b'), MatchesNotification('a.c')]
        )
        mismatch = matcher.match([ANONYMOUS, ANONYMOUS])
        assert mismatch is not None
        self.assertIn(
            "event_type: expected 'a.c', got 'a.b'", mismatch.describe()
        )
