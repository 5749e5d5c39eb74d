# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Model of a page: what the recordings have, before it becomes HTML.

Rule: values only, apart from the spool of the sample.
"""

from collections.abc import Sequence
import dataclasses

from unixnotif.report.losses import Losses
from unixnotif.report.problems import Problem
from unixnotif.report.sampler import Sample
from unixnotif.report.totals import Totals


@dataclasses.dataclass(frozen=True)
class Model:
    """Content of a page.

    :ivar title: heading of the page
    :ivar sources: names of the recordings
    :ivar totals: counts of all notifications
    :ivar sample: the notifications of the table
    :ivar losses: places where notifications are missing
    :ivar catalogue: name of the catalogue; '' if there is none
    :ivar problems: findings of the contract
    :ivar unread: messages about broken recordings, and skipped lines
    """

    title: str
    sources: Sequence[str]
    totals: Totals
    sample: Sample
    losses: Losses
    catalogue: str = ''
    problems: Sequence[Problem] = ()
    unread: Sequence[str] = ()
