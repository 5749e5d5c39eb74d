# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""A service that emits one notification."""

import sys

from oslo_config import cfg
import oslo_messaging

conf = cfg.ConfigOpts()
conf(sys.argv[1:], project='thing')
notifier = oslo_messaging.Notifier(
    oslo_messaging.get_notification_transport(conf),
    publisher_id='thing-api:host1',
    topics=['notifications'],
)
notifier.info({}, 'thing.create.end', {'id': 'thing-2'})
