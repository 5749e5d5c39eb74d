# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Starts, ends and restarts of directories and processes.

Rule: each side reconnects by itself, and leaves no files behind.
"""

import os
import shutil
import signal
from unittest import mock

from unixnotif import consumer
from unixnotif import publisher
from unixnotif import rendezvous
from unixnotif.rendezvous import connector
from unixnotif.tests.functional import base
from unixnotif.tests.functional.programs import service as services


class TestDirectory(base.TestCase):
    """A rendezvous directory that is removed and recreated."""

    def setUp(self) -> None:
        super().setUp()
        self.place = self.top / 'rendezvous'
        self.config = self.write_config(self.rendezvous)

    def test_removed_and_made_again(self) -> None:
        """Service and consumer find each other in the new directory."""
        service = self.start_service(self.config, workers=2, threads=2)
        tallying = self.start_tallying(self.rendezvous)
        tallying.ask(subscribe=True)
        service.send(emit=10)
        self._answers(service)
        for maker in (self._make_as_deployer, self._leave_to_driver):
            before = tallying.ask(report=True)
            service.send(start=True)
            self._answers(service)
            shutil.rmtree(self.place)
            maker()
            # The consumer resubscribes, and continues to receive.
            tallying.ask(wait=before['received'] + before['lost'] + 1000)
            service.send(stop=True)
            self._answers(service)
        tally = tallying.ask(report=True)
        self.assertEqual(0, tally['disorder'], tally)
        self.assertEqual({}, tally['rejected'], tally)
        service.finish()
        tallying.finish()
        self.assertEqual([], list(self.place.iterdir()))

    def _make_as_deployer(self) -> None:
        """Create the directory, as systemd does with RuntimeDirectory."""
        rendezvous.make(str(self.place), 0o600)

    def _leave_to_driver(self) -> None:
        """Do nothing: the driver creates the directory at the next call."""

    def _answers(self, service: base.Child) -> None:
        for _ in range(2):
            service.answer()

    def test_removed_while_nobody_emits(self) -> None:
        """A resubscribed consumer receives new notifications."""
        notifier = self.new_notifier(self.rendezvous)
        with consumer.Consumer(self.rendezvous) as source:
            notifier.info({}, 'test.event', 1)
            shutil.rmtree(self.place)
            # It was delivered when the directory was there.
            received = source.receive(0)
            assert received is not None
            self.assertEqual(1, received.payload)
            self.wait_until(
                lambda: source.receive(0) is None and not source.subscribed
            )
            rendezvous.make(str(self.place), 0o600)
            self.wait_until(
                lambda: source.receive(0) is None and source.subscribed
            )
            notifier.info({}, 'test.event', 2)
            received = source.receive(0)
            assert received is not None
            self.assertEqual(2, received.payload)
            self.assertEqual(0, source.lost)

    def test_consumer_restarts(self) -> None:
        """A consumer that ends and starts again receives what is emitted."""
        notifier = self.new_notifier(self.rendezvous)
        for i in range(20):
            with consumer.Consumer(self.rendezvous) as source:
                notifier.info({}, 'test.event', i)
                received = source.receive(0)
                assert received is not None
                self.assertEqual(i, received.payload)
            notifier.info({}, 'nobody.is.there', i)
        self.assertEqual([], list(self.place.iterdir()))

    def test_consumer_waits_for_the_directory(self) -> None:
        """A consumer may be first, and subscribes once the service starts."""
        self.slots = 1
        tallying = self.start_tallying(self.rendezvous)
        tallying.send(subscribe=True)
        service = self.start_service(self.config)
        tallying.answer()
        service.ask(emit=10)
        self.assertEqual(10, tallying.ask(report=True)['received'])

    def test_sockets_of_the_dead_are_swept(self) -> None:
        """The socket of a consumer that was killed is removed in time."""
        notifier = self.new_notifier(self.rendezvous)
        self.slots = 1
        tallying = self.start_tallying(self.rendezvous)
        tallying.ask(subscribe=True)
        notifier.info({}, 'test.event', {'slot': 0, 'n': 1})
        tallying.ask(wait=1)
        tallying.signal(signal.SIGKILL)
        [name] = os.listdir(self.place)

        # A young socket may belong to a process that is about to listen.
        for i in range(10):
            notifier.info({}, 'test.event', i)
        self.assertEqual([name], os.listdir(self.place))
        shared = publisher.shared(self.rendezvous)
        self.assertEqual({}, shared.dropped)
        # Without the grace period, the socket is old enough at once.
        with mock.patch.object(connector, '_GRACE', 0.0):
            pid = os.fork()
            if not pid:
                notifier.info({}, 'test.event', 11)
                os._exit(0)
            os.waitpid(pid, 0)
        self.assertEqual([], os.listdir(self.place))
        with consumer.Consumer(self.rendezvous) as source:
            notifier.info({}, 'test.event', 12)
            received = source.receive(0)
            assert received is not None
            self.assertEqual(12, received.payload)

    def test_before_its_parent_exists(self) -> None:
        """A service that starts too early logs one error, and works later."""
        place = self.top / 'later' / 'rendezvous'
        uri = f'unix+dir://{place}'
        service = self.start_service(self.write_config(uri))
        service.ask(emit=10)
        [error] = [
            line for line in service.log.splitlines() if ' ERROR ' in line
        ]
        self.assertIn(str(place), error)
        self.assertIn('No such file or directory', error)
        place.parent.mkdir()
        tallying = self.start_tallying(uri)
        tallying.send(subscribe=True)
        service.ask(emit=1)
        tallying.answer()
        service.ask(emit=10)
        self.assertEqual(10, tallying.ask(report=True)['received'])
        self.assertEqual(1, service.log.count(' ERROR '))


class TestSocket(base.TestCase):
    """The socket of a unix:// address, and its owner."""

    def setUp(self) -> None:
        super().setUp()
        self.path = self.top / 'service.sock'
        self.config = self.write_config(self.socket)

    def _files(self) -> set[str]:
        return set(os.listdir(self.top)) - {'service.conf', 'counters'}

    def test_exit_removes_it(self) -> None:
        """A service that ends removes its socket and its lock."""
        service = self.start_service(self.config)
        self.assertTrue(self.path.is_socket())
        service.ask(emit=1)
        service.finish()
        self.assertEqual(set(), self._files())

    def test_workers_do_not_remove_it(self) -> None:
        """Forked processes that end leave the parent's socket alone."""
        notifier = services.make_notifier(self.config)
        with consumer.Consumer(self.socket) as source:
            pid = os.fork()
            if not pid:
                del notifier
                publisher.shared(self.socket).close()
                os._exit(0)
            os.waitpid(pid, 0)
            notifier.info({}, 'test.event', {})
            self.assertIsNotNone(source.receive(0))

    def test_driver_restarts(self) -> None:
        """Consumers resubscribe after a restart of the service."""
        service = self.start_service(self.config)
        tallying = self.start_tallying(self.socket)
        tallying.ask(subscribe=True)
        for kill in (False, True):
            service.ask(emit=5)
            tallying.ask(wait=5)
            if kill:
                service.signal(signal.SIGKILL)
            else:
                service.finish()
            # The new process continues the counters in the file.
            service = self.start_service(self.config)
            before = tallying.ask(report=True)
            service.send(start=True)
            service.answer()
            tallying.ask(wait=before['received'] + before['lost'] + 100)
            service.ask(stop=True)
        tally = tallying.ask(report=True)
        self.assertEqual(0, tally['disorder'], tally)
        self.assertEqual({}, tally['rejected'], tally)
        service.finish()
        self.assertEqual(set(), self._files())

    def test_a_stale_socket_is_replaced(self) -> None:
        """After a SIGKILL the next service takes the address over at once."""
        first = self.start_service(self.config)
        first.signal(signal.SIGKILL)
        self.assertTrue(self.path.is_socket())
        second = self.start_service(self.config)
        tallying = self.start_tallying(self.socket)
        tallying.ask(subscribe=True)
        second.ask(emit=3)
        self.assertEqual(3, tallying.ask(report=True)['received'])
        self.assertNotIn(' ERROR ', second.log)
        second.finish()
        self.assertEqual(set(), self._files())

    def test_directory_removed_and_made_again(self) -> None:
        """A service whose socket was removed listens again."""
        place = self.top / 'run'
        place.mkdir()
        uri = f'unix://{place}/service.sock'
        service = self.start_service(self.write_config(uri))
        tallying = self.start_tallying(uri)
        tallying.ask(subscribe=True)
        shutil.rmtree(place)
        place.mkdir()
        service.send(start=True)
        service.answer()
        late = self.start_tallying(uri)
        late.ask(subscribe=True)
        late.ask(wait=10)
        before = tallying.ask(report=True)
        tallying.ask(wait=before['received'] + before['lost'] + 100)
        service.ask(stop=True)
        service.finish()
        tallying.finish()
        late.finish()
        self.assertEqual([], os.listdir(place))

    def test_another_takes_the_place(self) -> None:
        """A process removes nothing of its successor."""
        first = self.start_service(self.config)
        for name in self._files():
            (self.top / name).unlink()
        second = self.start_service(self.config)
        tallying = self.start_tallying(self.socket)
        tallying.ask(subscribe=True)
        files = self._files()
        first.finish()
        self.assertEqual(files, self._files())
        second.ask(emit=3)
        self.assertEqual(3, tallying.ask(report=True)['received'])
        second.finish()
        self.assertEqual(set(), self._files())

    def test_before_its_parent_exists(self) -> None:
        """A service that starts too early logs one error, and works later."""
        place = self.top / 'later'
        uri = f'unix://{place}/service.sock'
        service = self.start_service(self.write_config(uri))
        service.send(start=True)
        service.answer()
        place.mkdir()
        tallying = self.start_tallying(uri)
        tallying.ask(subscribe=True)
        tallying.ask(wait=10)
        service.ask(stop=True)
        self.assertEqual(1, service.log.count(' ERROR '), service.log)
        self.assertIn(str(place), service.log)
        service.finish()
        self.assertEqual([], os.listdir(place))
