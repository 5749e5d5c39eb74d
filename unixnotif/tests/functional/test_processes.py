# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Services of every sort: workers, threads, greenlets, commands.

Rule: real Notifiers in real processes, configured by a file.
"""

import os
import pathlib
import sys

import oslo_messaging

from unixnotif import consumer
from unixnotif.tests.functional import base

_SEND = pathlib.Path(sys.executable).with_name(
    'oslo-messaging-send-notification'
)


class TestWorkers(base.TestCase):
    """A service that forks workers after it has made its Notifier."""

    def test_workers_and_threads(self) -> None:
        """Each worker has connections of its own, and keeps its order."""
        config = self.write_config(self.rendezvous)
        service = self.start_service(config, workers=3, threads=4)
        child = self.start_tallying(self.rendezvous)
        child.ask(subscribe=True)
        service.send(emit=50)
        pids = {str(service.answer()['pid']): 200 for _ in range(3)}
        tally = child.ask(report=True)
        self.assertEqual(600, tally['received'])
        self.assertEqual(0, tally['disorder'])
        # As the kernel names them, not as the documents do.
        self.assertEqual(pids, tally['pids'])
        service.finish()

    def test_parent_and_child_emit_both(self) -> None:
        """A fork in the middle disturbs neither side's connection."""
        notifier = self.new_notifier(self.rendezvous)
        with consumer.Consumer(self.rendezvous) as source:
            notifier.info({}, 'test.event', 1)
            pid = os.fork()
            if not pid:
                notifier.info({}, 'test.event', 2)
                os._exit(0)
            os.waitpid(pid, 0)
            notifier.info({}, 'test.event', 3)
            found = []
            while (received := source.receive(0)) is not None:
                assert received.sender is not None
                found.append((received.sender.pid, received.payload))
        ours = os.getpid()
        self.assertEqual(
            [(pid, 2), (ours, 1), (ours, 3)],
            sorted(found, key=lambda item: (item[0] != pid, item[1])),
        )

    def test_groups_share_one_copy(self) -> None:
        """One member of a group gets each notification of many workers."""
        config = self.write_config(self.rendezvous)
        service = self.start_service(config, workers=2, threads=2)
        alone, *members = (
            self.start_tallying(self.rendezvous, *group)
            for group in ((), ('--group', 'pool'), ('--group', 'pool'))
        )
        for each in (alone, *members):
            each.ask(subscribe=True)
        service.send(emit=100)
        for _ in range(2):
            service.answer()
        shares = [each.ask(report=True)['received'] for each in members]
        self.assertEqual(400, alone.ask(report=True)['received'])
        self.assertEqual(400, sum(shares))
        self.assertEqual([200, 200], shares)

    def test_several_processes_at_one_socket(self) -> None:
        """One process owns the socket; each other one logs one error."""
        config = self.write_config(self.socket)
        service = self.start_service(config)
        child = self.start_tallying(self.socket)
        child.ask(subscribe=True)
        other = self.start_service(config)
        # Far more calls than attempts to become the owner.
        other.ask(emit=20)
        other.finish()

        errors = [line for line in other.log.splitlines() if 'ERROR' in line]
        self.assertEqual(1, len(errors), other.log)
        self.assertIn(f'process {service.pid}', errors[0])
        self.assertIn('unix+dir://', errors[0])
        service.ask(emit=10)
        tally = child.ask(report=True)
        self.assertEqual({str(service.pid): 10}, tally['pids'])
        self.assertNotIn('ERROR', service.log)

    def test_the_next_process_becomes_the_owner(self) -> None:
        """When the owner has ended, another process takes over."""
        config = self.write_config(self.socket)
        first = self.start_service(config)
        second = self.start_service(config)
        second.ask(emit=1)
        self.assertIn(f'process {first.pid}', second.log)
        child = self.start_tallying(self.socket)
        child.ask(subscribe=True)
        first.signal(9)
        second.send(start=True)
        second.answer()
        tally = child.ask(wait=10)
        second.ask(stop=True)
        tally = child.ask(report=True)
        self.assertEqual({str(second.pid)}, tally['pids'].keys())


class TestGreenlets(base.TestCase):
    """A service under eventlet."""

    def test_monkey_patched(self) -> None:
        """Greenlets and native threads emit without a switch to the hub."""
        for uri in (self.rendezvous, self.socket):
            with self.subTest(uri):
                config = self.write_config(uri, send_buffer_size=65536)
                child = self.start('green', config, uri)
                found = child.answer()
                child.finish()
                self.assertEqual(
                    (0, 0, 0),
                    (found['alone'], found['first'], found['full']),
                    found,
                )
                self.assertEqual(['awaited'], found['waited'])
                self.assertEqual(
                    found['expected'], found['numbered'] + found['lost']
                )
                self.assertEqual(0, found['disorder'])


class TestOtherPrograms(base.TestCase):
    """Together with what oslo.messaging brings along."""

    def test_with_another_driver(self) -> None:
        """Both the bus and the subscribers get each notification."""
        notifier = self.new_notifier(
            self.rendezvous, drivers=('messagingv2', 'unix')
        )
        got = []

        class Endpoint:
            def info(self, *args: object) -> None:
                got.append(args[2:4])

        listener = oslo_messaging.get_notification_listener(
            notifier.transport,
            [oslo_messaging.Target(topic='notifications')],
            [Endpoint()],
            executor='threading',
        )
        listener.start()
        self.addCleanup(listener.wait)
        self.addCleanup(listener.stop)
        with consumer.Consumer(self.rendezvous) as source:
            notifier.info({}, 'test.event', {'n': 1})
            received = source.receive(0)
        assert received is not None
        self.assertEqual({'n': 1}, received.payload)
        # Other tests of this process may have left something on its bus.
        self.wait_until(lambda: ('test.event', {'n': 1}) in got)
        self.assertEqual(1, got.count(('test.event', {'n': 1})))

    def test_stock_command(self) -> None:
        """``oslo-messaging-send-notification --driver unix`` delivers."""
        config = self.write_config(self.rendezvous)
        (self.top / 'rendezvous').mkdir(0o700)
        with consumer.Consumer(self.rendezvous) as source:
            child = self.useFixture(
                base.Child(
                    str(_SEND),
                    *('--config-file', config, '--driver', 'unix'),
                    *('--transport-url', 'fake://', '--topic', 'audit'),
                    *('--publisher-id', 'me', '--event-type', 'test.event'),
                    *('--priority', 'error', 'words'),
                )
            )
            child.finish()
            received = source.receive(0)
        assert received is not None
        self.assertEqual(
            ('me', 'test.event', 'error', 'words', ('audit',)),
            (
                received.publisher_id,
                received.event_type,
                received.priority,
                received.payload,
                received.topics,
            ),
        )
        self.assertEqual(child.pid, received.sender and received.sender.pid)
