# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Programs that know nothing of this project are full subscribers.

Rule: the tests run unchanged ``nc`` and ``socat``, and read the documents that
these print.
"""

import pathlib
import shutil
from typing import Any

from unixnotif import consumer
from unixnotif import notification
from unixnotif import publisher
from unixnotif.tests.functional import base

_KEYS = {
    'message_id',
    'publisher_id',
    'event_type',
    'priority',
    'timestamp',
    'payload',
    'topics',
    'exchange',
    'context',
}
_NC = ('nc', '-U', 'service.sock')
_SOCAT = ('socat', '-u', 'UNIX-CONNECT:service.sock', '-')
_SOCAT_LISTEN = ('socat', '-u', 'UNIX-LISTEN:me.sock,fork', '-')


class TestTools(base.TestCase):
    """A Notifier in this process, and tools that subscribe."""

    def _start(
        self, command: tuple[str, ...], cwd: pathlib.Path
    ) -> base.Child:
        """Start a tool; in a directory, since it knows no long paths."""
        if shutil.which(command[0]) is None:
            self.skipTest(
                f'{command[0]} is not installed; .ci/run installs it'
            )
        child: base.Child = self.useFixture(base.Child(*command, cwd=cwd))
        return child

    def _read(self, child: base.Child, count: int) -> list[Any]:
        """Return the payloads of N lines, each of which is a document."""
        found = []
        for _ in range(count):
            document = child.answer()
            self.assertEqual(_KEYS, document.keys())
            found.append(document['payload'])
        return found

    def _check_readers(self, command: tuple[str, ...], count: int) -> None:
        """Check that each program at the socket prints a line per document."""
        notifier = self.new_notifier(self.socket)
        notifier.info({}, 'nobody.is.there', 'kept by nobody')
        shared = publisher.shared(self.socket)
        children = [self._start(command, self.top) for _ in range(count)]
        self.wait_until(lambda: shared.refresh() == count)
        payloads = [1, 'two\nlines', {'grün': None}, ['x' * 20_000]]
        for payload in payloads:
            notifier.info({}, 'test.event', payload)
        for child in children:
            self.assertEqual(payloads, self._read(child, len(payloads)))

    def test_nc(self) -> None:
        """``nc -U`` prints a line for each notification."""
        self._check_readers(_NC, 1)

    def test_socat(self) -> None:
        """``socat`` prints a line for each notification."""
        self._check_readers(_SOCAT, 1)

    def test_fifty_readers(self) -> None:
        """Each of fifty readers of one socket gets all notifications."""
        self._check_readers(_NC, 50)

    def test_a_reader_that_goes(self) -> None:
        """A reader that goes away disturbs neither emitter nor others."""
        notifier = self.new_notifier(self.socket)
        shared = publisher.shared(self.socket)
        first, second = (self._start(_NC, self.top) for _ in range(2))
        self.wait_until(lambda: shared.refresh() == 2)
        notifier.info({}, 'test.event', 1)
        self.assertEqual([1], self._read(first, 1))
        first.signal(9)
        for payload in (2, 3):
            notifier.info({}, 'test.event', payload)
        self.assertEqual([1, 2, 3], self._read(second, 3))
        self.assertEqual(1, shared.refresh())

    def test_socat_that_listens_in_a_directory(self) -> None:
        """``socat`` with a socket in the directory is a subscriber."""
        notifier = self.new_notifier(self.rendezvous)
        child = self._start(_SOCAT_LISTEN, self.top / 'rendezvous')
        shared = publisher.shared(self.rendezvous)
        marker = notification.Notification('', None, 'marker', '', '', 0)
        # socat does not report that it listens.
        self.wait_until(lambda: shared.publish(marker.encode()).delivered == 1)
        with consumer.Consumer(self.rendezvous) as ours:
            payloads = [1, 'two\nlines', {'grün': None}, ['x' * 20_000]]
            for payload in payloads:
                notifier.info({}, 'test.event', payload)
            self.assertEqual([0, *payloads], self._read(child, 5))
            for payload in payloads:
                received = ours.receive(0)
                assert received is not None
                self.assertEqual(payload, received.payload)


class TestSubscribers(base.TestCase):
    """Our own consumers, as many as foreign tools."""

    def test_fifty_subscribers(self) -> None:
        """Each consumer gets all later notifications, and no earlier ones."""
        for uri in (self.rendezvous, self.socket):
            with self.subTest(uri):
                notifier = self.new_notifier(uri)
                notifier.info({}, 'nobody.is.there', 0)
                subscribers = [consumer.Consumer(uri) for _ in range(50)]
                for i, each in enumerate(subscribers):
                    self.addCleanup(each.close)
                    each.subscribe()
                    notifier.info({}, 'test.event', i)
                for i, each in enumerate(subscribers):
                    numbers = []
                    while (received := each.receive(0)) is not None:
                        numbers.append(received.payload)
                    self.assertEqual(list(range(i, 50)), numbers)
