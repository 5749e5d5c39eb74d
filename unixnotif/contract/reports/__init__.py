# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Reports of a check as text, for people and for programs.

Rule: pure functions from a report to text. Names come from the wire, so
unprintable characters are escaped.
"""

from collections.abc import Callable

from unixnotif.contract import findings
from unixnotif.contract.reports.github import as_github
from unixnotif.contract.reports.junit import as_junit
from unixnotif.contract.reports.text import as_text
from unixnotif.contract.reports.text import summary
from unixnotif.contract.reports.values import as_gitlab
from unixnotif.contract.reports.values import as_json
from unixnotif.contract.reports.values import as_sarif

#: By the name of the format.
FORMATS: dict[str, Callable[[findings.Report, findings.Severity], str]] = {
    'text': as_text,
    'json': as_json,
    'junit': as_junit,
    'github': as_github,
    'gitlab': as_gitlab,
    'sarif': as_sarif,
}

__all__ = [
    'FORMATS',
    'as_github',
    'as_gitlab',
    'as_json',
    'as_junit',
    'as_sarif',
    'as_text',
    'summary',
]
