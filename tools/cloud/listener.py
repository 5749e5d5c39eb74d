# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""A stock listener of oslo.messaging on the message bus.

Rule: nothing of this library; each line of the output is a notification. It
acknowledges what it has written.
"""

import argparse
import functools
import json
import signal
import sys
import threading
from typing import Any

from oslo_config import cfg
import oslo_messaging

PRIORITIES = ('audit', 'debug', 'info', 'warn', 'error', 'critical', 'sample')
TOPICS = ('notifications', 'versioned_notifications')


class Endpoint:
    """Writes each notification as a line."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        for priority in PRIORITIES:
            setattr(self, priority, functools.partial(self.write))

    def write(
        self,
        ctxt: dict[str, Any],
        publisher_id: str,
        event_type: str,
        payload: Any,
        metadata: dict[str, Any],
    ) -> None:
        """Write a line."""
        found = {
            'message_id': metadata['message_id'],
            'event_type': event_type,
        }
        with self._lock:
            sys.stdout.write(json.dumps(found) + '\n')
            sys.stdout.flush()


def main() -> None:
    """Listen until SIGTERM."""
    options = argparse.ArgumentParser(prog='python -m tools.cloud.listener')
    options.add_argument('url')
    conf = cfg.ConfigOpts()
    conf([], project='listener', default_config_files=[])
    transport = oslo_messaging.get_notification_transport(
        conf, options.parse_args().url
    )
    listener = oslo_messaging.get_notification_listener(
        transport,
        [oslo_messaging.Target(topic=topic) for topic in TOPICS],
        [Endpoint()],
        executor='threading',
    )
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    listener.start()
    print('listening', file=sys.stderr, flush=True)
    ended.wait()
    listener.stop()
    listener.wait()


if __name__ == '__main__':
    main()
