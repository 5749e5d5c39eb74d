# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""A service whose Notifiers are globals, as in nova."""

import sys
import threading
from typing import Any

from oslo_config import cfg
import oslo_messaging

NOTIFIER: Any = None
VERSIONED: Any = None


def init(conf: cfg.ConfigOpts) -> None:
    """Create the Notifiers, as a service does when it starts."""
    global NOTIFIER, VERSIONED
    transport = oslo_messaging.get_notification_transport(conf, 'fake://')
    NOTIFIER = oslo_messaging.Notifier(
        transport, 'thing-api:host1', topics=['notifications']
    )
    VERSIONED = oslo_messaging.Notifier(
        transport, 'thing-api:host1', topics=['versioned_notifications']
    )


def create(name: str) -> None:
    """Create a thing, and emit both formats as nova does."""
    if not name:
        NOTIFIER.error({}, 'thing.create.error', {'reason': 'no name'})
        return
    NOTIFIER.info({}, 'thing.create.start', {'id': name})
    NOTIFIER.info({}, 'thing.create.end', {'id': name})
    VERSIONED.info({}, 'thing.create.end', {'thing_object.name': name})


def create_later(name: str) -> None:
    """Create a thing in another thread, without waiting for it."""
    threading.Thread(target=create, args=[name]).start()


if __name__ == '__main__':
    config = cfg.ConfigOpts()
    config(sys.argv[1:], project='thing')
    init(config)
    create('thing-of-a-process')
