# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""A test of a command that publishes without a Notifier."""

import subprocess

from oslotest import base

from unixnotif.fixtures import CapturingConsumer


class SendTest(base.BaseTestCase):
    def test_send(self) -> None:
        consumer = self.useFixture(CapturingConsumer())

        subprocess.run(
            [
                'unixnotif',
                'send',
                consumer.uri,
                '--event-type=thing.create.end',
                '{"id": "thing-1"}',
            ],
            check=True,
        )

        [sent] = consumer.notifications
        self.assertEqual({'id': 'thing-1'}, sent.payload)
