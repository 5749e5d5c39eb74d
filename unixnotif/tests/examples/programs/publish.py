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

# ruff: noqa: T201
"""Publish without oslo.messaging."""

import datetime
import uuid

import unixnotif

notification = unixnotif.Notification(
    message_id=str(uuid.uuid4()),
    publisher_id='backup:host1',
    event_type='backup.end',
    priority='INFO',
    timestamp=str(datetime.datetime.now(datetime.UTC).replace(tzinfo=None)),
    payload={'size': 4096},
    topics=('notifications',),
)
with unixnotif.Publisher('unix+dir:///run/nova/notifications') as publisher:
    delivery = publisher.publish(notification.encode())
print(delivery.delivered, 'of', delivery.subscribers, 'have it')
