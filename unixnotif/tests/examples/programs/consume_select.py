# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

# ruff: noqa: T201
"""Two addresses and whatever else, in one loop of one's own."""

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
    # After the interval too: receive(0) is what notices that a directory
    # was made anew.
    select.select(consumers, [], [], CHECK_INTERVAL)
    for consumer in consumers:
        while (notification := consumer.receive(timeout=0)) is not None:
            print(consumer.address, notification.event_type)
