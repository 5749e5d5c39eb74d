# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Matchers for notifications and their payloads.

Use the matchers with ``assertThat`` of testtools. A matcher can contain other
matchers, also those of testtools: each expected value may be a matcher. A
plain ``assert`` works, too: ``assert HasPayload(uuid='x').match(notification)
is None``.
"""

from unixnotif.matchers.comparison import ANY
from unixnotif.matchers.contract import ContractHolds
from unixnotif.matchers.contract import MatchesCatalogue
from unixnotif.matchers.notifications import MatchesNotification
from unixnotif.matchers.payloads import HasFields
from unixnotif.matchers.payloads import HasPayload
from unixnotif.matchers.payloads import IsLegacy
from unixnotif.matchers.payloads import IsVersioned
from unixnotif.matchers.samples import MatchesSample
from unixnotif.matchers.versions import Compatible
from unixnotif.matchers.versions import HasVersion

__all__ = [
    'ANY',
    'Compatible',
    'ContractHolds',
    'HasFields',
    'HasPayload',
    'HasVersion',
    'IsLegacy',
    'IsVersioned',
    'MatchesCatalogue',
    'MatchesNotification',
    'MatchesSample',
]
