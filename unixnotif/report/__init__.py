# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Report pages: the notifications of recordings in one HTML file.

The page is described in ``doc/source/howto/report.rst``.
"""

from unixnotif.report.losses import Loss
from unixnotif.report.losses import Losses
from unixnotif.report.model import Model
from unixnotif.report.page import check_installation
from unixnotif.report.page import render
from unixnotif.report.problems import Problem
from unixnotif.report.rows import Row
from unixnotif.report.sampler import Sample
from unixnotif.report.totals import Totals

__all__ = [
    'Loss',
    'Losses',
    'Model',
    'Problem',
    'Row',
    'Sample',
    'Totals',
    'check_installation',
    'render',
]
