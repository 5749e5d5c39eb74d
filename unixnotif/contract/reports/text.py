# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Reports for people.

Rule: each finding says what to do, with commands to paste; the last line is a
summary.
"""

import itertools

from unixnotif import terminal
from unixnotif.contract import findings

_Severity = findings.Severity


def summary(report: findings.Report) -> str:
    """Return one line with the numbers of payloads and findings."""
    counts = ', '.join(
        f'{count} {severity}{"s" if count != 1 else ""}'
        for severity in (_Severity.ERROR, _Severity.WARNING, _Severity.NOTE)
        if (count := report.count(severity))
    )
    compared = [
        f'{count} {name}{"s" if count != 1 else ""}'
        for count, name in (
            (report.payloads, 'payload'),
            (report.legacy, 'legacy event'),
        )
        if count or (name == 'payload' and not report.legacy)
    ]
    return f'{" and ".join(compared)} compared: {counts or "clean"}'


def advice(finding: findings.Finding) -> list[str]:
    """Return the lines that say why, and what to do."""
    named = (
        ('cause', finding.cause),
        ('fix', finding.fix),
        ('accept', finding.accept),
        ('explain', finding.explain),
    )
    return [f'{name}: {text}' for name, text in named if text]


def explained(first: str, finding: findings.Finding) -> str:
    """Return a line, and the advice below it."""
    return _joined([first, *advice(finding)])


def _joined(lines: list[str]) -> str:
    """Return lines as one text; escape line breaks in names.

    Some CI services run lines of a job's log as commands.
    """
    return '\n'.join(map(terminal.escape, lines))


def as_text(report: findings.Report, shown: findings.Severity) -> str:
    """Return the findings, grouped by subject, with cause and fix."""
    lines = []
    for subject, group in itertools.groupby(
        report.reaching(shown), key=lambda f: f.subject
    ):
        lines.append(subject)
        for f in group:
            versions = ' '.join(filter(None, [f.slug, f.versions]))
            lines.append(f'  {f.severity} {f.rule} {versions}')
            if f.file:
                lines.append(f'    at {f.file}:{f.line}')
            lines.append(f'    {f.message}')
            if f.severity.reaches(_Severity.WARNING):
                lines += [f'    {line}' for line in advice(f)]
            elif f.cause:
                lines.append(f'    cause: {f.cause}')
    hidden = len(report.findings) - len(report.reaching(shown))
    note = (
        f' ({hidden} not shown; to show all, use --show note)'
        if hidden
        else ''
    )
    return _joined([*lines, summary(report) + note]) + '\n'
