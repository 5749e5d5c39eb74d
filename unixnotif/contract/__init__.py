# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The payload version contract: check schemas, as buf does for Protobuf.

The version of a payload rises if and only if the payload changes: the minor
version for a compatible change, for example a new field; the major version
for a change that breaks consumers. A catalogue records every version of every
payload. The check compares the catalogue of a change with the recorded one.
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
