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
"""Read in one thread, work in another: the kernel's buffer stays empty."""

import queue
import threading

import unixnotif
from unixnotif import Notification

waiting: queue.SimpleQueue[Notification] = queue.SimpleQueue()


def work() -> None:
    while True:
        notification = waiting.get()
        print('slow work on', notification.event_type)


threading.Thread(target=work, daemon=True).start()
with unixnotif.Consumer('unix+dir:///run/nova/notifications') as consumer:
    for notification in consumer:
        waiting.put(notification)
