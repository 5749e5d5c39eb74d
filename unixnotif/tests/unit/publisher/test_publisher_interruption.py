# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Signal handlers that raise in the middle of publish()."""

import itertools
import signal
from typing import NoReturn

from unixnotif import consumer as consumers
from unixnotif import publisher as publishers
from unixnotif import rendezvous
from unixnotif.tests import base
from unixnotif.tests.unit.publisher import cases
from unixnotif.tests.unit.publisher import scenes


class EveryPlaceTest(scenes.SceneCase):
    """KeyboardInterrupt at each place where the interpreter may raise it.

    At some place the delivery begins. An exception before it leaves all
    subscribers without the document. After it, each subscriber has the
    document, or has it counted as dropped.
    """

    def interrupt(self, prepare: scenes.Prepare, name: str) -> None:
        begun: list[bool] = []
        for position in itertools.count():
            with self.scene(prepare) as scene:
                place = scenes.call_interrupted(scene.new_call(), position)
                if place is None:
                    break
                where = f'{name}, at {place}'
                copies = self.copies(scene, where)
                self.assertIn(copies, self.allowed(name, copies), where)
                begun.append(copies[0] > 0)
                self.check_works(scene, where)
        self.assertEqual({False, True}, set(begun), name)

    def allowed(self, name: str, copies: list[int]) -> list[list[int]]:
        """Return how often each subscriber may know of the call."""
        found = [[0] * len(copies), [1] * len(copies)]
        if name == 'drop':
            # Recording a drop is interrupted: it is counted once more.
            found.append([2, 1])
        if name == 'socket: removed':
            # The call accepts the second reader, or disconnects it; then the
            # reader reconnects.
            found.append([0, min(0, copies[-1])])
        return found

    def copies(self, scene: scenes.Scene, where: str) -> list[int]:
        """Return how often each subscriber knows of the interrupted call.

        It knows of the other calls exactly once.
        """
        self.clock.advance(rendezvous.CHECK_INTERVAL)
        scene.settle()
        found = []
        for consumer, before in scene.consumers:
            received = scene.received[consumer]
            self.assertEqual(len(set(received)), len(received), where)
            others = scene.emitted - before - 1
            found.append(len(received) + consumer.lost - others)
        return found

    def check_works(self, scene: scenes.Scene, where: str) -> None:
        """All subscribers, and a new one, receive the next notification."""
        self.clock.advance(rendezvous.CHECK_INTERVAL)
        scene.read()
        scene.subscribe()
        delivery = scene.publish()
        scene.read()

        count = len(scene.consumers)
        self.assertEqual((count, count, {}), delivery, where)
        for received in scene.received.values():
            self.assertEqual(scene.emitted, received[-1], where)

    def test_in_a_directory(self) -> None:
        """Subscribers in a directory know of each notification once."""
        for name, prepare in scenes.DIRECTORY_SCENES.items():
            self.interrupt(prepare, name)

    def test_at_a_socket(self) -> None:
        """Readers of a socket know of each notification once."""
        for name, prepare in scenes.SOCKET_SCENES.items():
            self.interrupt(prepare, name)


class SignalTest(cases.PublisherCase):
    """A real signal, whose handler raises."""

    def setUp(self) -> None:
        super().setUp()

        def interrupt(*args: object) -> NoReturn:
            raise KeyboardInterrupt

        before = signal.signal(signal.SIGPROF, interrupt)
        self.addCleanup(signal.signal, signal.SIGPROF, before)
        self.addCleanup(signal.setitimer, signal.ITIMER_PROF, 0)

    def publish_until_interrupted(
        self, publisher: publishers.Publisher
    ) -> None:
        """Publish numbers; the signal mostly arrives within a call."""
        try:
            signal.setitimer(signal.ITIMER_PROF, 0.0005)
            while True:
                self.emitted += 1
                publisher.publish(base.document(self.emitted))
        except KeyboardInterrupt:
            pass

    def test_accounts(self) -> None:
        """Nothing arrives twice or out of order, or is lost silently."""
        interruptions = 100
        for where in self.new_addresses():
            self.emitted = 0
            publisher = self.new_publisher(
                where, send_buffer_size=cases.SMALL_BUFFER
            )
            found: dict[consumers.Consumer, list[int]] = {
                self.new_consumer(where): [] for _ in range(2)
            }
            fast, slow = found
            for _ in range(interruptions):
                self.publish_until_interrupted(publisher)
                found[fast] += base.payloads(fast)
            for _ in range(2):
                for each in found:
                    found[each] += base.payloads(each)
                self.emitted += 1
                delivery = publisher.publish(base.document(self.emitted))

            self.assertEqual((2, 2, {}), delivery)
            for each, received in found.items():
                received.extend(base.payloads(each))
                self.assertEqual(sorted(set(received)), received)
                self.assertEqual(self.emitted, received[-1])
                # An interrupted call delivers to nobody, or counts a drop
                # twice.
                known = len(received) + each.lost
                self.assertLessEqual(abs(known - self.emitted), interruptions)
            self.assertGreater(slow.lost, 0)
