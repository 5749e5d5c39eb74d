# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Read in one thread, and work in another thread."""

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
