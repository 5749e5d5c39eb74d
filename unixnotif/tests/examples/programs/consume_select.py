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
