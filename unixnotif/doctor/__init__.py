# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The doctor: find out why no notification arrives.

Rule: modules beside this one gather facts, and never judge; the modules of
``checks`` judge, and never look. :mod:`unixnotif.doctor.examination` calls
both.
"""

from unixnotif.doctor.examination import examine
from unixnotif.doctor.examination import Request
from unixnotif.doctor.findings import Finding
from unixnotif.doctor.findings import Level

__all__ = [
    'Finding',
    'Level',
    'Request',
    'examine',
]
