# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The record that an emitter writes to shared memory."""

from collections.abc import Callable
from pathlib import Path
import random
from typing import cast

import fixtures
from oslotest import base

from tools.chaos import events
from tools.chaos import ledger
from tools.chaos import streams
from tools.chaos.ledger import StreamWord
import unixnotif
from unixnotif import notification


class FakePublisher:
    """A publisher with two subscribers; it drops each third copy."""

    def __init__(self) -> None:
        self.documents: list[bytes] = []

    def publish(self, document: bytes | Callable[[], bytes]) -> object:
        """Store a document."""
        data = document if isinstance(document, bytes) else document()
        self.documents.append(data)
        if len(self.documents) % 3:
            return unixnotif.Delivery(2, 2, {})
        return unixnotif.Delivery(2, 1, {'buffer_full': 1})


class StreamTest(base.BaseTestCase):
    def setUp(self) -> None:
        super().setUp()
        path = Path(self.useFixture(fixtures.TempDir()).path, 'log')
        self.log = events.EventLog(path)
        self.addCleanup(self.log.close)
        self.shared = ledger.Ledger(slots=2, extent=40, seats=1)
        allocator = ledger.Allocator(self.shared)
        slot = [allocator.reserve(20) for _ in range(2)][1]
        self.words = self.shared.stream(slot)
        self.stream = streams.Stream(self.shared, self.log, 7, slot)
        self.fake = FakePublisher()
        self.publisher = cast(unixnotif.Publisher, self.fake)

    def test_record(self) -> None:
        """Each call has a sequence number and a result."""
        self.stream.emit(self.publisher, 6, random.Random(1))
        self.assertEqual(6, self.words[StreamWord.BEGUN])
        self.assertEqual(6, self.words[StreamWord.DONE])
        self.assertEqual(b'\2\2\1\2\2\1', bytes(self.shared.delivered[20:26]))
        self.assertEqual(b'\0\0\1\0\0\1', bytes(self.shared.dropped[20:26]))
        payloads = [
            notification.decode(data).payload  # type: ignore[union-attr]
            for data in self.fake.documents
        ]
        self.assertEqual(
            [(7, 1, seq) for seq in range(6)],
            [(each['round'], each['slot'], each['seq']) for each in payloads],
        )

    def test_exception(self) -> None:
        """An exception counts, and the call has returned."""
        # No such method.
        self.stream.publish(cast(unixnotif.Publisher, None))
        self.assertEqual(1, self.words[StreamWord.EXCEPTIONS])
        self.assertEqual(1, self.words[StreamWord.DONE])
        self.assertIn('AttributeError', self.log.path.read_text())

    def test_owed(self) -> None:
        """Between clear_debt() and start_debt(), nothing is owed."""
        self.stream.clear_debt()
        self.assertEqual(20, self.words[StreamWord.UNOWED])
        self.stream.publish(self.publisher)
        self.stream.start_debt()
        self.assertEqual(1, self.words[StreamWord.UNOWED])
