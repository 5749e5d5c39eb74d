# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Read two addresses in one loop."""

import select

import unixnotif
from unixnotif.consumer import CHECK_INTERVAL

consumers = [
    unixnotif.Consumer('unix+dir:///run/nova/notifications'),
    unixnotif.Consumer('unix+dir:///run/nova/audit'),
]
for consumer in consumers:
    consumer.subscribe()

while True:
    # The timeout is necessary: only receive(0) detects a recreated
    # directory.
    select.select(consumers, [], [], CHECK_INTERVAL)
    for consumer in consumers:
        while (notification := consumer.receive(timeout=0)) is not None:
            print(consumer.address, notification.event_type)
