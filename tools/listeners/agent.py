# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""A stock listener of oslo.messaging with a bad habit, as its own process.

Usage: ``python -m tools.listeners.agent requeue|stop URL``. Writes the
message_id of each notification that it has handled to the standard output.

Rule: nothing of this library is imported; the transport URL selects it.
"""

import os
import sys
import threading
from typing import Any

from oslo_config import cfg
import oslo_messaging


class Requeuing:
    """Requeues each notification once, and handles it the second time."""

    def __init__(self) -> None:
        self._seen: set[str] = set()

    def info(
        self, ctxt: Any, publisher: str, event: str, payload: Any, meta: Any
    ) -> str:
        """Handle a notification of an oslo.messaging listener."""
        if meta['message_id'] not in self._seen:
            self._seen.add(meta['message_id'])
            return str(oslo_messaging.NotificationResult.REQUEUE)
        print(meta['message_id'], flush=True)
        return str(oslo_messaging.NotificationResult.HANDLED)


class Late:
    """Handles no notification before the listener has stopped."""

    def __init__(self) -> None:
        self.stopped = threading.Event()

    def info(
        self, ctxt: Any, publisher: str, event: str, payload: Any, meta: Any
    ) -> None:
        """Handle a notification of an oslo.messaging listener."""
        self.stopped.wait()
        print(meta['message_id'], flush=True)


def main() -> None:
    """Listen until a line arrives on the standard input."""
    habit, url = sys.argv[1:]
    requeuing, late = Requeuing(), Late()
    conf = cfg.ConfigOpts()
    conf([], project='agent')
    transport = oslo_messaging.get_notification_transport(conf, url)
    listener = oslo_messaging.get_notification_listener(
        transport,
        [oslo_messaging.Target(topic='notifications')],
        [requeuing if habit == 'requeue' else late],
        executor='threading',
        allow_requeue=habit == 'requeue',
    )
    listener.start(override_pool_size=1)
    sys.stdin.readline()
    listener.stop()
    if habit == 'requeue':
        listener.wait()
        transport.cleanup()
        return
    print('stopped', flush=True)
    late.stopped.set()
    sys.stdin.readline()
    # Without wait(), a thread of the endpoints is left.
    os._exit(0)


if __name__ == '__main__':
    main()
