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

"""Reports in the XML of JUnit."""

from xml.etree import ElementTree

from unixnotif import terminal
from unixnotif.contract import findings
from unixnotif.contract.reports import text

_Severity = findings.Severity


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
            suite, 'testcase', classname='contract', name=text.summary(report)
        )
    for f in found:
        case = ElementTree.SubElement(
            suite,
            'testcase',
            classname=terminal.escape_lines(f.subject),
            name=terminal.escape_lines(f'{f.rule} {f.place}'),
        )
        if f.file:
            case.set('file', terminal.escape_lines(f.file))
            case.set('line', str(f.line))
        severe = f.severity.reaches(_Severity.WARNING)
        inside = ElementTree.SubElement(
            case, 'failure' if severe else 'system-out'
        )
        if severe:
            inside.set('type', f'{f.severity} {f.rule} {f.slug}')
            inside.set('message', terminal.escape_lines(f.message))
        inside.text = text.explained(f.message, f)
    return ElementTree.tostring(suite, encoding='unicode') + '\n'
