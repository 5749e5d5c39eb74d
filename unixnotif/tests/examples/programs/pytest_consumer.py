# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""A test of a program that publishes without oslo.messaging."""

from unixnotif import Notification
from unixnotif import Publisher
from unixnotif.fixtures import CapturingConsumer


def test_publish(capturing_consumer: CapturingConsumer) -> None:
    with Publisher(capturing_consumer.uri) as publisher:
        publisher.publish(
            Notification(
                message_id='1',
                publisher_id='me:host1',
                event_type='backup.end',
                priority='INFO',
                timestamp='2026-11-21 10:00:00.000000',
                payload={'size': 3},
            ).encode()
        )

    [sent] = capturing_consumer.wait_for('backup.end')
    assert sent.payload == {'size': 3}
