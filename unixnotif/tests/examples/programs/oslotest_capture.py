# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Tests of what a service emits."""

from oslo_config import cfg
from oslotest import base
import thing

from unixnotif.fixtures import UnixNotifierFixture


class ThingTest(base.BaseTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.emitted = self.useFixture(UnixNotifierFixture()).consumer
        thing.init(cfg.CONF)

    def test_create(self) -> None:
        thing.create('thing-1')

        [sent] = self.emitted.wait_for(
            'thing.create.end', topic='notifications'
        )
        self.assertEqual({'id': 'thing-1'}, sent.payload)
        self.assertEqual('thing-api:host1', sent.publisher_id)

    def test_error(self) -> None:
        thing.create('')

        self.emitted.wait_for('thing.create.error', priority='error')
        self.emitted.assert_none('thing.create.end')

    def test_second_create(self) -> None:
        thing.create('thing-1')
        self.emitted.reset()

        thing.create('thing-2')

        [sent] = self.emitted.wait_for(topic='versioned_notifications')
        self.assertEqual({'thing_object.name': 'thing-2'}, sent.payload)

    def test_thread(self) -> None:
        thing.create_later('thing-1')

        self.emitted.wait_for('thing.create.end', count=2, timeout=30)
