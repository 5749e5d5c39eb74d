# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""An agent that is written against oslo.messaging only."""

from typing import Any

from oslo_config import cfg
import oslo_messaging


class Endpoint:
    """The methods have the names of the priorities."""

    def info(
        self,
        ctxt: dict[str, Any],
        publisher_id: str,
        event_type: str,
        payload: Any,
        metadata: dict[str, str],
    ) -> None:
        print(event_type, publisher_id, flush=True)


conf = cfg.ConfigOpts()
conf([], project='agent', default_config_files=[])
transport = oslo_messaging.get_notification_transport(
    conf, url='unix+dir:///run/nova/notifications'
)
listener = oslo_messaging.get_notification_listener(
    transport,
    [oslo_messaging.Target(topic='notifications')],
    [Endpoint()],
    executor='threading',
)
listener.start()
listener.wait()
