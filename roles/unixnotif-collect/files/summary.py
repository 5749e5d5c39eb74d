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

"""Say what a capture has: summary.txt and summary.json, and the problems.

Usage: python summary.py CAPTURE RESULTS [PUBLISHER[,PUBLISHER...]]

Rule: a summary is written whatever the capture is like. Problems are printed,
one a line: something was lost, a publisher is missing, a file is broken. The
exit status is 1 when there are any.
"""

import collections
import json
import pathlib
import re
import sys
from typing import Any

from unixnotif import errors
from unixnotif import recording
from unixnotif import versioned

Row = tuple[str, str, str, str]


class Summary:
    """Counts of what a recording has."""

    def __init__(self) -> None:
        self.counts: collections.Counter[Row] = collections.Counter()
        self.lost: collections.Counter[str] = collections.Counter()
        self.broken: list[str] = []

    def read(self, path: str) -> None:
        """Add a file, up to where it is broken."""
        try:
            for line in recording.read(path):
                if isinstance(line, recording.Recorded):
                    self._add(line.notification)
                else:
                    self.lost.update(line.reasons)
        except errors.UnixNotifError as error:
            self.broken.append(str(error))

    def _add(self, found: Any) -> None:
        payload = versioned.VersionedPayload.from_primitive(found.payload)
        self.counts[
            # "nova-compute:host1", or "volume.host1" in older ways.
            re.split('[:.]', str(found.publisher_id))[0],
            str(found.event_type),
            payload.name if payload else '',
            payload.version_text if payload else '',
        ] += 1

    def problems(self, wanted: list[str]) -> list[str]:
        """Return the problems of the capture, one line each."""
        seen = {row[0] for row in self.counts}
        found = [f'broken capture: {text}' for text in self.broken]
        if self.lost:
            reasons = ', '.join(f'{n} {why}' for why, n in self.lost.items())
            found.append(
                f'{self.lost.total()} notifications were lost ({reasons})'
            )
        found += [
            f'{name} has emitted nothing; seen: {", ".join(sorted(seen))}'
            for name in wanted
            if name not in seen
        ]
        return found

    def text(self, path: str, problems: list[str]) -> str:
        """The summary as a table."""
        rows = [('publisher', 'event type', 'payload', 'version', 'count')]
        rows += [
            (*row, str(number)) for row, number in sorted(self.counts.items())
        ]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = [
            f'{path}: {self.counts.total()} notifications, '
            f'{self.lost.total()} lost',
            *(f'problem: {problem}' for problem in problems),
            '',
        ]
        lines += [
            '  '.join(
                cell.ljust(width)
                for cell, width in zip(row, widths, strict=True)
            ).rstrip()
            for row in rows
        ]
        return '\n'.join(lines) + '\n'

    def to_json(self, problems: list[str]) -> str:
        """The same for programs."""
        names = ('publisher', 'event_type', 'payload', 'version')
        value = {
            'notifications': self.counts.total(),
            'lost': dict(self.lost),
            'problems': problems,
            'events': [
                {**dict(zip(names, row, strict=True)), 'count': number}
                for row, number in sorted(self.counts.items())
            ],
        }
        return json.dumps(value, indent=2) + '\n'


def main(capture: str, results: str, publishers: str = '') -> int:
    """Write the summary, and print the problems."""
    summary = Summary()
    for path in recording.files(capture):
        summary.read(path)
    problems = summary.problems([p for p in publishers.split(',') if p])
    directory = pathlib.Path(results)
    (directory / 'summary.txt').write_text(summary.text(capture, problems))
    (directory / 'summary.json').write_text(summary.to_json(problems))
    sys.stdout.writelines(f'{problem}\n' for problem in problems)
    return 1 if problems else 0


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
