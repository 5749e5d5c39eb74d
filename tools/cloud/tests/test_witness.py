# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The second subscriber beside a real publisher.

Rule: it must agree with the library without sharing code with it.
"""

import ast
import json
import os
from pathlib import Path
import sys

import fixtures
from oslotest import base

from tools import workdirs
from tools.cloud import captures
from tools.cloud import processes
from tools.cloud import waits
from tools.cloud import witness
import unixnotif


class WitnessTest(base.BaseTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.top = Path(self.useFixture(fixtures.TempDir()).path)
        (self.top / 'log').mkdir()
        self.known = processes.Processes(self.top)
        self.directory = self.top / 'notifications'
        self.directory.mkdir(0o770)
        self.output = self.top / 'witness.jsonl'
        self.addCleanup(self.known.stop, 'witness')

    def start(self) -> processes.Process:
        """Start the witness, and wait until it is subscribed."""
        process = self.known.start(
            'witness',
            [
                sys.executable, '-m', 'tools.cloud.witness',
                str(self.directory),
            ],
            {**os.environ, 'PYTHONPATH': str(workdirs.CHECKOUT)},
            self.output,
        )  # fmt: skip
        waits.wait_for(
            'witness',
            lambda: '' if [*self.directory.glob('[0-9]*.sock')] else 'none',
            self.known,
            [process],
        )
        return process

    def publish(self, *sizes: int) -> None:
        """Publish a document of each size."""
        with unixnotif.Publisher(f'unix+dir://{self.directory}') as publisher:
            for number, size in enumerate(sizes):
                publisher.publish(
                    json.dumps(
                        {
                            'message_id': str(number),
                            'publisher_id': 'it',
                            'event_type': 'thing.create',
                            'priority': 'INFO',
                            'timestamp': '2026-11-21 10:00:00.000000',
                            'payload': 'x' * size,
                        }
                    ).encode()
                )

    def test_everything_is_there(self) -> None:
        """Small and large documents, also those that wait at its end."""
        self.start()
        self.publish(10, 1_000_000, 10)
        self.assertEqual([], self.known.stop('witness'))
        found = captures.read_lines(self.output)
        self.assertEqual(
            ['0', '1', '2'], [each.message_id for each in found.received]
        )
        self.assertEqual({os.getpid()}, {each.pid for each in found.received})
        self.assertEqual([], [*self.directory.iterdir()])

    def test_loss(self) -> None:
        """A lost record counts, and is no notification."""
        line = witness.line({'lost': {'count': 3, 'reasons': {}}}, 7)
        found = captures.from_lines([line])
        self.assertEqual(captures.Capture((), 3), found)

    def test_it_shares_no_code(self) -> None:
        """The module imports the standard library alone."""
        assert witness.__file__ is not None
        tree = ast.parse(Path(witness.__file__).read_text())
        names = {
            name.name if isinstance(node, ast.Import) else node.module or ''
            for node in ast.walk(tree)
            if isinstance(node, ast.Import | ast.ImportFrom)
            for name in node.names
        }
        top = {name.partition('.')[0] for name in names}
        self.assertEqual(set(), top - set(sys.stdlib_module_names))
