# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Matchers for notifications and their payloads.

They follow the protocol of testtools (``assertThat``), nest in each other
and in testtools' own, and work in a plain ``assert`` too:
``assert HasPayload(uuid='x').match(notification) is None``. Where one takes
a value it takes a matcher as well.
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
