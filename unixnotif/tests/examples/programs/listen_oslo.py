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
