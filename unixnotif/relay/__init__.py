# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0


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
