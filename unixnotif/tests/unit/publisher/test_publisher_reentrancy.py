# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Calls within a call, as signal handlers and finalizers make them."""

from collections.abc import Callable
import functools
import itertools
import types

from unixnotif import errors
from unixnotif import publisher as publishers
from unixnotif.publisher import publisher as module
from unixnotif.tests import base
from unixnotif.tests.unit.publisher import cases
from unixnotif.tests.unit.publisher import scenes

Check = Callable[[scenes.Scene, str], None]


class EveryLineTest(scenes.SceneCase):
    """An inner call at each line of publish(), one line at a time."""

    def disturb(
        self,
        prepare: scenes.Prepare,
        inner: Callable[[scenes.Scene], object],
        check: Check,
        position: int,
    ) -> bool:
        """Return False if the call has fewer lines than the position."""
        places: list[str] = []

        def disturb(number: int, frame: types.FrameType) -> bool:
            if number < position:
                return True
            places.append(scenes.place(frame))
            inner(scene)
            return False

        with self.scene(prepare) as scene:
            scenes.call_at_lines(scene.new_call(), disturb)
            if places:
                check(scene, places[0])
        return bool(places)

    def disturb_everywhere(
        self,
        prepares: dict[str, scenes.Prepare],
        inner: Callable[[scenes.Scene], object],
        check: Check,
    ) -> None:
        for name, prepare in prepares.items():

            def check_here(
                scene: scenes.Scene, place: str, name: str = name
            ) -> None:
                check(scene, f'{name}, at {place}')

            for position in itertools.count():
                if not self.disturb(prepare, inner, check_here, position):
                    break

    def check_accounts(self, scene: scenes.Scene, where: str) -> None:
        """Every subscriber received a notification, or knows of its loss."""
        scene.settle()
        self.assertEqual([], scene.unaccounted(), where)
        self.assertEqual([], list(scene.publisher._deferred), where)

    def check_closed(self, scene: scenes.Scene, where: str) -> None:
        self.assertTrue(scene.publisher.closed, where)
        self.assertEqual(publishers.NOBODY, scene.publish(), where)
        # The consumers are all that is open.
        for consumer, _ in scene.consumers:
            consumer.close()
        self.assertEqual(self.sockets, base.open_sockets(), where)

    def test_publish_in_a_directory(self) -> None:
        """Subscribers in a directory know of both notifications, once."""
        self.disturb_everywhere(
            scenes.DIRECTORY_SCENES, scenes.Scene.publish, self.check_accounts
        )

    def test_publish_at_a_socket(self) -> None:
        """Readers of a socket know of both notifications, once."""
        self.disturb_everywhere(
            scenes.SOCKET_SCENES, scenes.Scene.publish, self.check_accounts
        )

    def test_publish_twice(self) -> None:
        """A second inner call may deliver the document of the first one."""
        for name, prepare in scenes.some('plain', 'drop').items():
            for position in itertools.count():
                places: list[str] = []
                with self.scene(prepare) as scene:

                    def disturb(
                        number: int,
                        frame: types.FrameType,
                        scene: scenes.Scene = scene,
                        places: list[str] = places,
                        position: int = position,
                    ) -> bool:
                        function = frame.f_code.co_name
                        if not places and function != '_deliver':
                            return True
                        # With the lock held: the first document waits.
                        if len(places) in (0, position + 1):
                            scene.publish()
                        places.append(scenes.place(frame))
                        return len(places) < position + 2

                    scenes.call_at_lines(scene.new_call(), disturb)
                    self.check_accounts(scene, f'{name}, {places[-1]}')
                if len(places) < position + 2:
                    break

    def test_open_and_refresh(self) -> None:
        """An inner open() or refresh() changes nothing."""

        def inner(scene: scenes.Scene) -> None:
            scene.publisher.open()
            scene.publisher.refresh()

        self.disturb_everywhere(
            scenes.some('new subscriber', 'socket: removed'),
            inner,
            self.check_accounts,
        )

    def test_close(self) -> None:
        """After an inner close() the publisher is closed, and stays so."""
        self.sockets = base.open_sockets()
        self.disturb_everywhere(
            scenes.some('lost pending', 'recreated', 'socket: removed'),
            lambda scene: scene.publisher.close(),
            self.check_closed,
        )


class OtherCallsTest(scenes.SceneCase):
    """An inner publish() in the other calls of a publisher."""

    def publish_in(
        self,
        outer: Callable[[publishers.Publisher], object],
    ) -> None:
        """Publish at every line of a call; all must be delivered by then."""
        for prepare in scenes.some('new subscriber').values():
            for position in itertools.count():
                places: list[str] = []
                with self.scene(prepare) as scene:

                    def disturb(
                        number: int,
                        frame: types.FrameType,
                        scene: scenes.Scene = scene,
                        places: list[str] = places,
                        position: int = position,
                    ) -> bool:
                        if number < position:
                            return True
                        places.append(scenes.place(frame))
                        scene.publish()
                        return False

                    scenes.call_at_lines(
                        functools.partial(outer, scene.publisher), disturb
                    )
                    if not places:
                        break
                    scene.read()
                    self.assertEqual([], scene.unaccounted(), places[0])

    def test_refresh(self) -> None:
        """A document that waited for refresh() is delivered at its end."""
        self.publish_in(publishers.Publisher.refresh)

    def test_open(self) -> None:
        """A document that waited for open() is delivered at its end."""
        self.publish_in(publishers.Publisher.open)

    def test_at_exit(self) -> None:
        """A document that waited for at_exit() is delivered at its end."""
        self.publish_in(publishers.Publisher.at_exit)

    def test_encode(self) -> None:
        """A document may publish another one while it is encoded."""
        for where in self.new_addresses():
            publisher = self.new_publisher(where)
            receiver = self.new_consumer(where)

            def encode(
                publisher: publishers.Publisher = publisher,
            ) -> bytes:
                inner = publisher.publish(base.document('inner'))
                self.assertEqual((1, 1, {}), inner)
                return base.document('outer')

            self.assertEqual((1, 1, {}), publisher.publish(encode))

            self.assertEqual(['inner', 'outer'], base.payloads(receiver))


class DeferredTest(cases.PublisherCase):
    """Documents that wait for the end of the outer call."""

    def setUp(self) -> None:
        super().setUp()
        self.where = self.new_directory()
        self.publisher = self.new_publisher(
            self.where, send_buffer_size=cases.SMALL_BUFFER
        )
        self.receiver = self.new_consumer(self.where)
        self.received: list[object] = []

    def publish_with(self, inner: Callable[[], None]) -> None:
        """Publish, with an inner function while the lock is held."""
        done: list[bool] = []

        def relief() -> None:
            self.received += base.payloads(self.receiver)
            if not done:
                done.append(True)
                inner()

        with publishers.relieving(self.where, relief):
            while not done:
                self.publisher.publish(base.document('outer'))
        self.received += base.payloads(self.receiver)

    def test_order(self) -> None:
        """Waiting documents are delivered in order, after the outer one."""

        def inner() -> None:
            for n in range(3):
                delivery = self.publisher.publish(base.document(n))
                self.assertEqual(publishers.NOBODY, delivery)

        self.publish_with(inner)

        self.assertEqual(['outer', 0, 1, 2], self.received[-4:])
        self.assertEqual(0, self.receiver.lost)

    def test_limit(self) -> None:
        """Waiting documents over the limit are counted as dropped."""
        most = module._MAX_DEFERRED
        second = self.new_consumer(self.where)

        def inner() -> None:
            for n in range(most + 6):
                self.publisher.publish(base.document(n))

        with publishers.relieving(self.where, lambda: base.payloads(second)):
            self.publish_with(inner)
        self.publisher.publish(base.document('next'))

        self.assertEqual([*range(most)], self.received[-most:])
        self.assertEqual(['next'], base.payloads(self.receiver))
        base.payloads(second)
        for each in self.receiver, second:
            self.assertEqual({'interrupted': 6}, each.lost_reasons)
        self.assertEqual({'interrupted': 12}, self.publisher.dropped)
        self.publisher.close()
        self.assertIn('interrupted: 12', self.warnings_logged()[-1])

    def test_unserializable(self) -> None:
        """A waiting document that cannot be encoded is counted in turn."""

        def fail() -> bytes:
            raise errors.DocumentError('this is no JSON')

        def inner() -> None:
            self.publisher.publish(fail)
            self.publisher.publish(base.document('next'))

        self.publish_with(inner)

        self.assertEqual(['outer', 'next'], self.received[-2:])
        self.assertEqual({'unserializable': 1}, self.receiver.lost_reasons)

    def test_after_an_exception(self) -> None:
        """Waiting documents are delivered if the outer call raises."""

        def inner() -> None:
            self.publisher.publish(base.document('inner'))
            raise KeyboardInterrupt

        self.assertRaises(KeyboardInterrupt, self.publish_with, inner)

        self.received += base.payloads(self.receiver)
        self.assertEqual('inner', self.received[-1])
        self.assertEqual({'interrupted': 1}, self.receiver.lost_reasons)
