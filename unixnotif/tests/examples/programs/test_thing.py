# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""A test of the tutorial."""

import testtools

from unixnotif import fixtures


class ThingTest(testtools.TestCase):
    def test_create_emits(self) -> None:
        fixture = self.useFixture(fixtures.UnixNotifierFixture())
        notifier = fixture.notifier('thing-api:host1')

        notifier.info({}, 'thing.create.end', {'id': 'thing-3'})

        [sent] = fixture.consumer.wait_for('thing.create.end')
        self.assertEqual({'id': 'thing-3'}, sent.payload)
