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
