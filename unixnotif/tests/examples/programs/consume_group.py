# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

# ruff: noqa: T201
"""A member of a group: of each notification the group gets one copy."""

import unixnotif

with unixnotif.Consumer(
    'unix+dir:///run/nova/notifications', group='audit'
) as consumer:
    for notification in consumer:
        print(notification.event_type)
