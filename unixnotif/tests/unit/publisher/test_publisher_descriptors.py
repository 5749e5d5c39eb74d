# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""A publisher in a service that closes all descriptors, as daemons do."""

from collections.abc import Callable
import functools
from typing import Any

from unixnotif import address
from unixnotif import rendezvous
from unixnotif.tests.unit import foreign
from unixnotif.tests.unit.publisher import cases
from unixnotif.tests.unit.publisher import scenes


class ClosedDescriptorsTest(cases.PublisherCase):
    def publish(self, where: address.Address, kind: str, pending: bool) -> Any:
        """Close all descriptors of a publisher, and publish; in a child.

        :param kind: kind of the files that get the descriptor numbers
        :param pending: the subscriber does not know of a drop yet
        """
        service = foreign.Service(self.new_directory().path)
        clock = self.new_clock()
        scene = scenes.Scene(where, clock)
        if pending:
            scene.fill()
            scene.read()
        service.take_over(scene.descriptors, kind)
        deliveries = [scene.publish()]
        scene.read()
        clock.advance(rendezvous.CHECK_INTERVAL)
        scene.read()
        deliveries.append(scene.publish())
        scene.read()
        scene.subscribe()
        deliveries.append(scene.publish())
        scene.read()
        missing = scene.unaccounted()
        scene.publisher.close()
        return [deliveries, missing, service.damage(), self.errors_logged()]

    def publish_everywhere(
        self,
        new_address: Callable[[], address.Address],
        first: list[Any],
        is_exact: bool,
    ) -> None:
        """Publish with all kinds of foreign files.

        :param first: the delivery of the first notification
        :param is_exact: no notification is missing
        """
        for kind in foreign.KINDS:
            for pending in False, True:
                deliveries, missing, damage, errors = self.in_child(
                    functools.partial(
                        self.publish, new_address(), kind, pending
                    )
                )

                message = f'{kind}, pending: {pending}'
                self.assertEqual(
                    [first, [1, 1, {}], [2, 2, {}]], deliveries, message
                )
                self.assertEqual('', damage, message)
                self.assertEqual([], errors, message)
                if is_exact:
                    self.assertEqual([], missing, message)

    def test_directory(self) -> None:
        """The next notification is delivered, and no drop is forgotten."""
        self.publish_everywhere(self.new_directory, [1, 1, {}], True)

    def test_socket(self) -> None:
        """The readers reconnect, and receive the notifications since then."""
        self.publish_everywhere(self.new_socket, [0, 0, {}], False)

    def test_close(self) -> None:
        """Closing the publisher touches no foreign file."""

        def close(where: address.Address, kind: str) -> str:
            service = foreign.Service(self.new_directory().path)
            scene = scenes.Scene(where, self.new_clock())
            scene.fill()
            scene.read()
            service.take_over(scene.descriptors, kind)
            scene.publisher.close()
            return service.damage()

        for where in self.new_addresses():
            for kind in foreign.KINDS:
                damage = self.in_child(functools.partial(close, where, kind))

                self.assertEqual('', damage, f'{kind} at {where}')

    def test_exit(self) -> None:
        """Finishing at the end of the process touches no foreign file."""

        def end(where: address.Address, kind: str) -> str:
            service = foreign.Service(self.new_directory().path)
            scene = scenes.Scene(where, self.new_clock())
            scene.fill()
            scene.read()
            service.take_over(scene.descriptors, kind)
            scene.publisher.at_exit()
            return service.damage()

        for where in self.new_addresses():
            for kind in foreign.KINDS:
                damage = self.in_child(functools.partial(end, where, kind))

                self.assertEqual('', damage, f'{kind} at {where}')
