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

"""What a publisher dropped, and what its log says of it.

Rule: every drop is counted, and each is told of in one warning; there are
few warnings, however many drops.
"""

import collections
from collections.abc import Mapping
import logging
import time

from unixnotif import address as addresses
from unixnotif import polling

LOG = logging.getLogger(__name__)

#: Seconds between two warnings about drops of one publisher.
WARN_INTERVAL = 60.0


class Drops:
    """The drops of one publisher since its last warning.

    :param address: named in the warnings
    """

    def __init__(self, address: addresses.Address) -> None:
        self._address = address
        self._lock = polling.NativeLock()
        self._unreported: collections.Counter[str] = collections.Counter()
        self._warn_at = 0.0

    def add(self, dropped: Mapping[str, int]) -> None:
        """Count drops by reason."""
        with self._lock:
            self._unreported.update(dropped)

    def warn_if_due(self) -> None:
        """Warn, unless that was done a short while ago."""
        if time.monotonic() >= self._warn_at:
            self.warn()

    def warn(self) -> None:
        """Say in the log what was dropped since the last warning."""
        with self._lock:
            # Before the call: a log handler may emit a notification.
            self._warn_at = time.monotonic() + WARN_INTERVAL
            unreported = self._unreported
            self._unreported = collections.Counter()
        if unreported:
            LOG.warning(
                '%d notifications for subscribers of %s were dropped (%s).',
                unreported.total(),
                self._address,
                ', '.join(f'{why}: {n}' for why, n in unreported.items()),
            )
