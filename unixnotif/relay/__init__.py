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


"""The relay: from a consumer to a message bus.

The reader is the thread that owns the consumer. It hands each notification to
a lane; each lane is a thread that publishes to the bus. The reader never waits
for the bus longer than a moment.
"""

from unixnotif.relay.bus import Bus
from unixnotif.relay.bus import BusError
from unixnotif.relay.bus import close
from unixnotif.relay.bus_health import Health
from unixnotif.relay.bus_log import BusLog
from unixnotif.relay.bus_log import shorten
from unixnotif.relay.lane import Lanes
from unixnotif.relay.lost_topic import LostTopic
from unixnotif.relay.metrics import Metrics
from unixnotif.relay.redaction import HidingFormatter
from unixnotif.relay.redaction import Secrets
from unixnotif.relay.relay import Relay
from unixnotif.relay.supervisor import Supervisor
from unixnotif.relay.tally import Accounts
from unixnotif.relay.tally import Totals

__all__ = [
    'Accounts',
    'Bus',
    'BusError',
    'BusLog',
    'Health',
    'HidingFormatter',
    'Lanes',
    'LostTopic',
    'Metrics',
    'Relay',
    'Secrets',
    'Supervisor',
    'Totals',
    'close',
    'shorten',
]
