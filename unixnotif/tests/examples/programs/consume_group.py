# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Print notifications as a member of a group."""

import unixnotif

with unixnotif.Consumer(
    'unix+dir:///run/nova/notifications', group='audit'
) as consumer:
    for notification in consumer:
        print(notification.event_type)
