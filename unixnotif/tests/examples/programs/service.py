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

"""The tutorial's service: one Notifier, one notification."""

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
