# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

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
print(f'delivered to {delivery.delivered} of {delivery.subscribers}')
