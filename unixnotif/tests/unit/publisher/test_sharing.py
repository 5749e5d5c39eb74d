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

"""One publisher per process and address."""

import threading

from unixnotif import errors
from unixnotif import publisher as publishers
from unixnotif.publisher import sharing
from unixnotif.tests import base


class SharedTest(base.TestCase):
    def test_same(self) -> None:
        """All who name an address, however they write it, share one."""
        where = self.new_directory()

        first = publishers.shared(where)
        second = publishers.shared(f'unix+dir://{where.path}/')

        self.assertIs(first, second)
        self.assertEqual(where, first.address)

    def test_other_address(self) -> None:
        """Other addresses have other publishers, also of the other kind."""
        path = self.new_directory().path

        found = [
            publishers.shared(uri)
            for uri in (
                f'unix+dir://{path}',
                f'unix://{path}',
                f'unix+dir://{path}/x',
            )
        ]

        self.assertEqual(3, len({id(each) for each in found}))

    def test_first_options_hold(self) -> None:
        """The options of who came first hold."""
        where = self.new_directory()
        publisher = publishers.shared(where, max_message_size=10)
        self.new_consumer(where)

        again = publishers.shared(where, max_message_size=1000)

        self.assertEqual({'too_large': 1}, again.publish(b' ' * 11).dropped)
        self.assertIs(publisher, again)

    def test_closed(self) -> None:
        """After the publisher was closed there is a new one."""
        where = self.new_directory()
        publisher = publishers.shared(where)
        publisher.close()

        again = publishers.shared(where)

        self.assertIsNot(publisher, again)
        self.assertFalse(again.closed)
        self.assertIs(again, publishers.shared(where))

    def test_not_held(self) -> None:
        """When nobody holds it, its address is free at once."""
        where = self.new_socket()
        publishers.shared(where).open()

        publisher = self.new_publisher(where)

        receiver = self.new_consumer(where)
        publisher.publish(base.document())
        self.assertEqual([0], base.payloads(receiver))

    def test_bad_uri(self) -> None:
        """A URI that is no address is refused."""
        self.assertRaises(errors.AddressError, publishers.shared, '/x')

    def test_threads(self) -> None:
        """Threads that ask at the same time get the same."""
        where = self.new_directory()
        barrier = threading.Barrier(8)
        found = []

        def ask() -> None:
            barrier.wait()
            found.append(publishers.shared(where))

        threads = [threading.Thread(target=ask) for _ in range(8)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()

        self.assertEqual(8, len(found))
        self.assertEqual(1, len({id(each) for each in found}))

    def test_lock_held_at_fork(self) -> None:
        """A thread that is asking at the fork does not lock the child."""
        where = self.new_directory()
        inside = threading.Event()
        leave = threading.Event()

        def ask() -> None:
            with sharing._lock:
                inside.set()
                leave.wait()

        thread = threading.Thread(target=ask)
        thread.start()
        inside.wait()
        try:
            shown = self.in_child(lambda: repr(publishers.shared(where)))
        finally:
            leave.set()
            thread.join()

        self.assertEqual(f'<Publisher {where} subscribers=0>', shown)
