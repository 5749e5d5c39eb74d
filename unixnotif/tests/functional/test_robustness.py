# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Nothing is lost in silence, whatever happens to the consumers.

Rule: numbers are compared exactly. With ``UNIXNOTIF_TEST_SCALE=full`` the
great test emits 200 000 notifications.
"""

import signal
from typing import Any

from unixnotif import consumer
from unixnotif.tests.functional import base

_WORKERS = 8
_THREADS = 4


class TestStoppedAndKilled(base.TestCase):
    """Many emitters, and consumers that are stopped or killed."""

    def _count(self) -> int:
        total = 200_000 if base.is_full_scale() else 40_000
        return total // (_WORKERS * _THREADS)

    def test_every_notification_is_received_or_reported(self) -> None:
        """Received and lost notifications add up to the emitted ones."""
        # The buffer of a stopped reader is full soon.
        config = self.write_config(self.rendezvous, send_buffer_size=262144)
        service = self.start_service(config, _WORKERS, _THREADS)
        steady, stopped, killed, restarted = (
            self.start_tallying(self.rendezvous) for _ in range(4)
        )
        for each in (steady, stopped, killed):
            each.ask(subscribe=True)
        count = self._count()

        marks = [count // 2, count * 3 // 4]
        service.send(emit=count, marks=marks, size=200)
        self._reached(service, marks[0])
        stopped.signal(signal.SIGSTOP)
        killed.signal(signal.SIGKILL)
        late = restarted.ask(subscribe=True)
        self._reached(service, marks[1])
        stopped.signal(signal.SIGCONT)
        self.assertEqual(count * self.slots, self._emitted(service))
        # At its end at the latest, the service sends all lost records.
        service.finish()

        total = count * self.slots
        for each in (steady, stopped):
            tally = self._report(each)
            self.assertEqual(total, tally['received'] + tally['lost'], tally)
            self.assertLessEqual(len(tally['pids']), _WORKERS)
        # The consumer may have missed notifications that were emitted while
        # it subscribed.
        tally = self._report(restarted)
        seen = tally['received'] + tally['lost']
        self.assertGreaterEqual(seen, total - late['after'], tally)
        self.assertLessEqual(seen, total - late['before'], tally)
        self.assertGreater(seen, 0)

    def test_a_consumer_stopped_to_the_end_learns_what_it_missed(self) -> None:
        """A consumer that is stopped until its emitters end counts losses."""
        config = self.write_config(self.rendezvous, send_buffer_size=65536)
        service = self.start_service(config, workers=2, threads=2)
        stopped = self.start_tallying(self.rendezvous)
        stopped.ask(subscribe=True)
        stopped.signal(signal.SIGSTOP)

        service.send(emit=500, size=200)
        self.assertEqual(2000, self._emitted(service, workers=2))
        service.finish()
        stopped.signal(signal.SIGCONT)

        tally = self._report(stopped)
        self.assertGreater(tally['lost'], 0)
        self.assertEqual(2000, tally['received'] + tally['lost'])

    def test_readers_of_one_socket_receive_their_losses(self) -> None:
        """A stopped reader of a unix:// address gets its lost records."""
        config = self.write_config(self.socket, send_buffer_size=65536)
        service = self.start_service(config, threads=4)
        steady, stopped = (self.start_tallying(self.socket) for _ in range(2))
        for each in (steady, stopped):
            each.ask(subscribe=True)
        stopped.signal(signal.SIGSTOP)
        service.send(emit=1000, size=200)
        self._emitted(service, workers=1)
        stopped.signal(signal.SIGCONT)
        # A lost record goes out before the next notification.
        for each in (steady, stopped):
            each.ask(report=True)
        service.send(emit=1)
        emitted = self._emitted(service, workers=1)

        service.finish()
        for each in (steady, stopped):
            tally = self._report(each)
            seen = tally['received'] + tally['lost']
            self.assertEqual(emitted, seen, tally)

    def _reached(self, service: base.Child, mark: int) -> None:
        """Wait until an emitting thread has reached the mark."""
        while service.answer().get('reached') != mark:
            pass

    def _emitted(self, service: base.Child, workers: int = _WORKERS) -> int:
        """Wait until the service has emitted all; return their number."""
        emitted = 0
        while workers:
            answer = service.answer()
            if 'emitted' in answer:
                emitted += answer['emitted']
                workers -= 1
                self.assertLess(answer['slowest'], base.DEADLINE / 10)
        return emitted

    def _report(self, consumer: base.Child) -> Any:
        tally = consumer.ask(report=True)
        self.assertEqual(0, tally['disorder'], tally)
        self.assertEqual({}, tally['rejected'], tally)
        consumer.finish()
        return tally


class TestVisibleOnReturn(base.TestCase):
    """A notification is visible when ``notify()`` has returned."""

    def test_all_of_a_burst_is_received_without_waiting(self) -> None:
        """All notifications of a burst can be received without waiting."""
        for uri in (self.rendezvous, self.socket):
            with self.subTest(uri):
                notifier = self.new_notifier(uri)
                source = consumer.Consumer(uri)
                self.addCleanup(source.close)
                notifier.info({}, 'nobody.is.there', {})
                source.subscribe()
                for i in range(400):
                    notifier.info({}, 'test.number', i)
                numbers = []
                while (received := source.receive(0)) is not None:
                    numbers.append(received.payload)
                self.assertEqual(list(range(400)), numbers)

    def test_what_is_filtered_out_hides_nothing(self) -> None:
        """A wanted notification after unwanted ones is received at once."""
        notifier = self.new_notifier(self.rendezvous)
        source = consumer.Consumer(self.rendezvous, event_type='wanted')
        self.addCleanup(source.close)
        source.subscribe()
        for _ in range(400):
            notifier.info({}, 'test.number', {})
        notifier.info({}, 'wanted', {})
        self.assertIsNotNone(source.receive(0))
