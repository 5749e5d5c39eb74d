# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Print notifications until the program is stopped."""

import unixnotif

with unixnotif.Consumer('unix+dir:///run/nova/notifications') as consumer:
    for notification in consumer:
        print(notification.event_type, notification.payload)
