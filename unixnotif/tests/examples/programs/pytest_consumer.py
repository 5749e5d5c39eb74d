# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""A test of something that publishes without oslo.messaging."""

from typing import Any

from unixnotif import Notification
from unixnotif import Publisher


def test_publish(capturing_consumer: Any) -> None:
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
