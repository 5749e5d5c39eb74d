# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The allow-list."""

import dataclasses
import datetime
import json
from typing import Any

from unixnotif import errors
from unixnotif.contract import allowlist
from unixnotif.contract import findings
from unixnotif.tests import base
from unixnotif.tests.unit.contract import test_findings

TODAY = datetime.date(2026, 11, 22)
FINDING = test_findings.FINDING
REPORT = findings.Report([FINDING], 1)
TEXT = """\
{
 "format": "unixnotif-allow/1",
 "entries": [
  {
   "rule": "C201",
   "payload": "x:Thing",
   "field": "a",
   "versions": [
    "1.0",
    "1.1"
   ],
   "reason": "nobody reads it",
   "expires": "2026-11-22"
  }
 ]
}
"""
ENTRY = allowlist.Entry.of(FINDING, 'nobody reads it', TODAY)


class AllowTest(base.TestCase):
    """Findings that an entry accepts."""

    def test_accepted(self) -> None:
        """An entry accepts its finding, also on its last day."""
        found = allowlist.apply(REPORT, [ENTRY], TODAY)
        self.assertEqual([], found.report.findings)
        self.assertEqual([FINDING], found.accepted)
        self.assertEqual([], found.warnings)

    def test_expired(self) -> None:
        """An expired entry is ignored and reported."""
        tomorrow = TODAY + datetime.timedelta(1)
        found = allowlist.apply(REPORT, [ENTRY], tomorrow)
        self.assertEqual([FINDING], found.report.findings)
        self.assertEqual(
            ['expired on 2026-11-22, remove it: C201 x:Thing.a 1.0 -> 1.1'],
            found.warnings,
        )

    def test_not_accepted(self) -> None:
        """No entry hides a stale catalogue, or classes that are not read."""
        for rule in ('K606', 'K607'):
            finding = dataclasses.replace(FINDING, rule=rule)
            report = dataclasses.replace(REPORT, findings=[finding])
            entry = allowlist.Entry.of(finding, 'x', TODAY)
            found = allowlist.apply(report, [entry], TODAY)
            self.assertEqual([finding], found.report.findings)
            [warning] = found.warnings
            self.assertIn(f'no entry can accept {rule}', warning)

    def test_unused(self) -> None:
        """An entry that differs in any value is unused."""
        for change in (
            {'rule': 'C202'},
            {'payload': 'x:Other'},
            {'field': ''},
            {'versions': ('1.0', '1.2')},
        ):
            value = {**json.loads(TEXT)['entries'][0], **change}
            data = {'format': allowlist.FORMAT, 'entries': [value]}
            entries = allowlist.decode(json.dumps(data).encode())
            found = allowlist.apply(REPORT, entries, TODAY)
            self.assertEqual([FINDING], found.report.findings)
            [warning] = found.warnings
            self.assertIn('unused entry, remove it: ', warning)


class AllowFileTest(base.TestCase):
    """Reading and writing."""

    def test_round_trip(self) -> None:
        """A written list is read again; the last of equal keys counts."""
        old = allowlist.Entry.of(FINDING, 'old reason')
        self.assertEqual(TEXT, allowlist.encode([old, ENTRY]).decode())
        self.assertEqual([ENTRY], allowlist.decode(TEXT.encode()))

    def test_refused(self) -> None:
        """An entry with a missing or invalid value is an error."""

        def entry(**changes: Any) -> Any:
            value = {**json.loads(TEXT)['entries'][0], **changes}
            return {key: item for key, item in value.items() if item}

        for value, expected in (
            ({'rule': 'C201'}, "the key 'versions' is missing"),
            (entry(payload=None), "the key 'payload' is missing"),
            (entry(reason=' '), 'the reason is empty'),
            (entry(versions=['1.0']), 'not enough values'),
            (entry(expires='soon'), 'Invalid isoformat string'),
            (entry(rule=1), 'must be a string'),
            (entry(more=1), 'unknown key more'),
            (entry(rule='C999'), "there is no rule 'C999'"),
            ({**entry(), 'payload': ''}, 'the payload is empty'),
            ('C201', 'it is not an object'),
        ):
            data = {'format': allowlist.FORMAT, 'entries': [value]}
            e = self.assertRaises(
                errors.CatalogueError,
                allowlist.decode,
                json.dumps(data).encode(),
            )
            self.assertIn('entry 1 of the allow-list: ', str(e))
            self.assertIn(expected, str(e))

    def test_rule_by_its_name(self) -> None:
        """An entry may name its rule by the slug."""
        data = TEXT.replace('C201', 'field-removed-in-minor').encode()
        self.assertEqual([ENTRY], allowlist.decode(data))

    def test_no_allow_list(self) -> None:
        """A file of another format is refused."""
        for data, expected in (
            (b'{"format": "x"}', 'the key "format" has the value \'x\', and'),
            (b'{}', 'the file has no key "format" with the value'),
            (b'[]', 'the file has no key "format" with the value'),
            (b'{"format": "unixnotif-allow/1"}', 'entries must be a list'),
            (b'{', 'not an allow-list'),
        ):
            e = self.assertRaises(
                errors.CatalogueError, allowlist.decode, data
            )
            self.assertIn(expected, str(e))
