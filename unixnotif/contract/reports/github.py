# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Reports as commands that annotate a workflow of GitHub."""

from unixnotif import terminal
from unixnotif.contract import findings
from unixnotif.contract.reports import text

_Severity = findings.Severity
_GITHUB = {
    _Severity.ERROR: 'error',
    _Severity.WARNING: 'warning',
    _Severity.NOTE: 'notice',
}


def as_github(report: findings.Report, shown: findings.Severity) -> str:
    """Return workflow commands that annotate a run."""
    lines = [
        f'::{_GITHUB[f.severity]} {_place(f)}'
        f'title={_property(f"{f.rule} {f.slug}")}::'
        + _data(text.explained(f'{f.place}: {f.message}', f))
        for f in report.reaching(shown)
    ]
    return '\n'.join([*lines, text.summary(report)]) + '\n'


def _place(finding: findings.Finding) -> str:
    if not finding.file:
        return ''
    return f'file={_property(finding.file)},line={finding.line},'


def _data(value: str) -> str:
    for char in '%\r\n':
        value = value.replace(char, f'%{ord(char):02X}')
    return value


def _property(value: str) -> str:
    escaped = _data(terminal.escape_lines(value))
    return escaped.replace(':', '%3A').replace(',', '%2C')
