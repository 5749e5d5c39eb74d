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
"""Report pages: the notifications of recordings in one HTML file.

The page is described in ``doc/source/howto/report.rst``.
"""

from unixnotif.report.losses import Loss
from unixnotif.report.losses import Losses
from unixnotif.report.model import Model
from unixnotif.report.page import render
from unixnotif.report.problems import Problem
from unixnotif.report.rows import Row
from unixnotif.report.sampling import Sample
from unixnotif.report.totals import Totals

__all__ = [
    'Loss',
    'Losses',
    'Model',
    'Problem',
    'Row',
    'Sample',
    'Totals',
    'render',
]
