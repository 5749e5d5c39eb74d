# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Columns: the page unpacks exactly the recorded notifications."""

import base64
import gzip
import json
import tracemalloc
from typing import Any

from unixnotif.report import columns
from unixnotif.report import sampler
from unixnotif.tests import base as testing
from unixnotif.tests.unit.report import base


def unpacked(text: str) -> bytes:
    return gzip.decompress(base64.b64decode(text))


class ColumnsTest(testing.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.sample = sampler.Sample()
        self.addCleanup(self.sample.close)
        for number in range(columns.BLOCK + 2):
            self.sample.add(
                base.recorded(
                    f'type.{number % 2}', payload=number, seconds=number
                )
            )

    def test_rows(self) -> None:
        """Each name is there once; times are differences."""
        found: dict[str, Any] = json.loads(
            unpacked(columns.encode(self.sample))
        )
        self.assertEqual([base.START_MS, 1000, 1000], found['received'][:3])
        event_types = found['event_type']
        self.assertEqual(['type.0', 'type.1'], event_types['values'])
        self.assertEqual([0, 1, 0, 1], event_types['index'][:4])

    def test_documents(self) -> None:
        """Each block has its documents, a line each."""
        first, second = map(unpacked, columns.blocks(self.sample))
        self.assertEqual(columns.BLOCK, len(first.split(b'\n')))
        payloads = [
            json.loads(line)['document']['payload']
            for line in second.split(b'\n')
        ]
        self.assertEqual([columns.BLOCK, columns.BLOCK + 1], payloads)

    def test_same_bytes(self) -> None:
        """The same sample gives the same text."""
        self.assertEqual(
            columns.encode(self.sample), columns.encode(self.sample)
        )

    def test_sizes(self) -> None:
        """A block has a maximum of documents, and of bytes."""
        self.assertEqual([columns.BLOCK, 2], columns.sizes(self.sample))
        with sampler.Sample() as sample:
            for size in (1, 9, 16, 2, 3, 5, 6, 4):
                sample.add(base.recorded(payload='x' * (size << 16)))
            self.assertEqual([2, 1, 3, 2], columns.sizes(sample))
            self.assertEqual(
                columns.sizes(sample),
                [
                    len(unpacked(block).split(b'\n'))
                    for block in columns.blocks(sample)
                ],
            )
        with sampler.Sample() as sample:
            self.assertEqual([], columns.sizes(sample))
            self.assertEqual([], list(columns.blocks(sample)))

    def test_memory(self) -> None:
        """A block takes the memory of one of its documents."""
        size = 1 << 16
        with sampler.Sample() as sample:
            for number in range(64):
                sample.add(base.recorded(payload=str(number) * size))
            tracemalloc.start()
            self.addCleanup(tracemalloc.stop)
            found = sum(1 for _ in columns.blocks(sample))
            _, peak = tracemalloc.get_traced_memory()
        self.assertGreater(found, 2)
        self.assertLess(peak, 8 * size)
