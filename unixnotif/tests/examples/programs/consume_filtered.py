# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Wait for the service, filter, and stop after a timeout."""

import unixnotif

consumer = unixnotif.Consumer(
    'unix+dir:///run/nova/notifications',
    event_type=['instance.create.*', 'instance.delete.*'],
    topic='versioned_notifications',
)
# Wait for the directory, because the service may start later.
consumer.subscribe(timeout=60)
try:
    while (notification := consumer.receive(timeout=30)) is not None:
        print(notification.event_type, 'of', notification.publisher_id)
        if notification.sender is not None:
            print('emitted by process', notification.sender.pid)
    print('nothing for 30 seconds; lost so far:', consumer.lost)
finally:
    consumer.close()
