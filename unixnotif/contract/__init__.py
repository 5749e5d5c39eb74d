# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The payload version contract: what buf is for protobuf, for notifications.

The version of a payload rises if and only if the payload changes: the minor
for new fields, the major for anything else. A catalogue records every version
of every payload; the check compares it with the one that was recorded before.
"""

from unixnotif.contract.catalogues import Catalogue
from unixnotif.contract.check import check
from unixnotif.contract.check import check_observed
from unixnotif.contract.decoder import decode
from unixnotif.contract.encoder import encode
from unixnotif.contract.findings import Finding
from unixnotif.contract.findings import Report
from unixnotif.contract.findings import Severity
from unixnotif.contract.merger import merge
from unixnotif.contract.observations import observe
from unixnotif.contract.observations import Observer
from unixnotif.contract.requirements import Problem
from unixnotif.contract.requirements import Reads
from unixnotif.contract.requirements import Requires
from unixnotif.contract.requirements import Verdict
from unixnotif.contract.storage import read
from unixnotif.contract.storage import read_baseline
from unixnotif.contract.storage import write

__all__ = [
    'Catalogue',
    'Finding',
    'Observer',
    'Problem',
    'Reads',
    'Report',
    'Requires',
    'Severity',
    'Verdict',
    'check',
    'check_observed',
    'decode',
    'encode',
    'merge',
    'observe',
    'read',
    'read_baseline',
    'write',
]
