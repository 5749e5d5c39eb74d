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

"""Reports as text for people, and in three forms for programs.

Rule: pure functions from a report to text; the last line for people is a
summary. Names come from the wire: what does not print is escaped.
"""

from collections.abc import Callable
import itertools
import json
from xml.etree import ElementTree

from unixnotif import terminal
from unixnotif.contract import findings

_Severity = findings.Severity


def summary(report: findings.Report) -> str:
    """One line: what was compared, and what came of it."""
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


def _explained(first: str, finding: findings.Finding) -> str:
    """A line, and those of cause and fix."""
    cause = finding.cause and f'cause: {finding.cause}'
    lines = filter(None, [first, cause, f'fix: {finding.fix}'])
    return terminal.escape_lines('\n'.join(lines))


def as_text(report: findings.Report, shown: findings.Severity) -> str:
    """Grouped by payload, with cause and fix."""
    lines = []
    for subject, group in itertools.groupby(
        report.reaching(shown), key=lambda f: f.subject
    ):
        lines.append(subject)
        for f in group:
            versions = ' '.join(filter(None, [f.slug, f.versions]))
            lines.append(f'  {f.severity} {f.rule} {versions}')
            lines.append(f'    {f.message}')
            if f.cause:
                lines.append(f'    cause: {f.cause}')
            if f.severity.reaches(_Severity.WARNING):
                lines.append(f'    fix: {f.fix}')
    hidden = len(report.findings) - len(report.reaching(shown))
    note = f' ({hidden} not shown: --show note)' if hidden else ''
    return terminal.escape_lines(
        '\n'.join([*lines, summary(report) + note]) + '\n'
    )


def as_json(report: findings.Report, shown: findings.Severity) -> str:
    """An object with every finding."""
    value = {
        'compared': report.compared,
        'findings': [
            {
                'rule': f.rule,
                'slug': f.slug,
                'severity': str(f.severity),
                'subject': f.subject,
                'field': f.field,
                'old': f.old,
                'new': f.new,
                'message': f.message,
                'cause': f.cause,
                'fix': f.fix,
            }
            for f in report.reaching(shown)
        ],
    }
    return json.dumps(value, indent=1) + '\n'


def as_junit(report: findings.Report, shown: findings.Severity) -> str:
    """A test case for each finding; errors and warnings have failed."""
    found = report.reaching(shown)
    failed = [f for f in found if f.severity.reaches(_Severity.WARNING)]
    suite = ElementTree.Element(
        'testsuite',
        name='unixnotif contract',
        tests=str(len(found) or 1),
        failures=str(len(failed)),
    )
    if not found:
        ElementTree.SubElement(
            suite, 'testcase', classname='contract', name=summary(report)
        )
    for f in found:
        case = ElementTree.SubElement(
            suite,
            'testcase',
            classname=terminal.escape_lines(f.subject),
            name=terminal.escape_lines(f'{f.rule} {f.place}'),
        )
        severe = f.severity.reaches(_Severity.WARNING)
        inside = ElementTree.SubElement(
            case, 'failure' if severe else 'system-out'
        )
        if severe:
            inside.set('type', f'{f.severity} {f.rule} {f.slug}')
            inside.set('message', terminal.escape_lines(f.message))
        inside.text = _explained(f.message, f)
    return ElementTree.tostring(suite, encoding='unicode') + '\n'


_GITHUB = {
    _Severity.ERROR: 'error',
    _Severity.WARNING: 'warning',
    _Severity.NOTE: 'notice',
}


def as_github(report: findings.Report, shown: findings.Severity) -> str:
    """Workflow commands that annotate a run."""
    lines = [
        f'::{_GITHUB[f.severity]} '
        f'title={_property(f"{f.rule} {f.slug}")}::'
        + _data(_explained(f'{f.place}: {f.message}', f))
        for f in report.reaching(shown)
    ]
    return '\n'.join([*lines, summary(report)]) + '\n'


def _data(text: str) -> str:
    for char in '%\r\n':
        text = text.replace(char, f'%{ord(char):02X}')
    return text


def _property(text: str) -> str:
    return _data(text).replace(':', '%3A').replace(',', '%2C')


#: By the name of the format.
FORMATS: dict[str, Callable[[findings.Report, findings.Severity], str]] = {
    'text': as_text,
    'json': as_json,
    'junit': as_junit,
    'github': as_github,
}
