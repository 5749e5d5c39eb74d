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
"""Wait for the service, filter, time out, and tell what was lost."""

import unixnotif

consumer = unixnotif.Consumer(
    'unix+dir:///run/nova/notifications',
    event_type=['instance.create.*', 'instance.delete.*'],
    topic='versioned_notifications',
)
# Waits for the directory: the service may not have been started yet.
consumer.subscribe(timeout=60)
try:
    while (notification := consumer.receive(timeout=30)) is not None:
        print(notification.event_type, 'of', notification.publisher_id)
        if notification.sender is not None:
            print('emitted by process', notification.sender.pid)
    print('nothing for 30 seconds; lost so far:', consumer.lost)
finally:
    consumer.close()
