# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Assertions about what a service emits."""

from oslo_config import cfg
from oslotest import base
import thing

from unixnotif.fixtures import UnixNotifierFixture
from unixnotif.matchers import HasPayload
from unixnotif.matchers import MatchesNotification


class AssertionsTest(base.BaseTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.emitted = self.useFixture(UnixNotifierFixture()).consumer
        thing.init(cfg.CONF)

    def test_payload(self) -> None:
        thing.create('thing-1')
        thing.create('thing-2')

        self.emitted.wait_for(
            'thing.create.*', payload=HasPayload(id='thing-2'), count=2
        )

    def test_exactly(self) -> None:
        thing.create('thing-1')

        self.emitted.wait_for('thing.create.end', count=2, exactly=True)

    def test_find(self) -> None:
        thing.create('thing-1')

        self.assertEqual(3, len(self.emitted))
        for sent in self.emitted.find(topic='notifications'):
            self.assertEqual('thing-1', sent.payload['id'])

    def test_order(self) -> None:
        thing.create('thing-1')
        thing.create('thing-2')

        self.assertEqual('thing.create.start', self.emitted.event_types()[0])
        self.emitted.assert_sequence(
            ['thing.create.start', 'thing.create.end', 'thing.create.start']
        )
        self.emitted.assert_sequence(
            [
                'thing.create.end',
                MatchesNotification(
                    'thing.create.start', payload=HasPayload(id='thing-2')
                ),
            ],
            gaps=False,
        )

    def test_none_within(self) -> None:
        thing.create_later('')

        self.emitted.assert_none('thing.create.end', within=0.5)
