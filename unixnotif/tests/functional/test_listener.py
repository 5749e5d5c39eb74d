# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Listeners of oslo.messaging, in processes of their own.

Rule: real Notifiers emit, and real listeners receive; everything that was
emitted is handled once.
"""

import collections
import threading
from typing import Any

from oslo_config import cfg
import oslo_messaging

from unixnotif.tests.functional import base

EXECUTORS = 'threading', 'eventlet'
#: A line in the log of an agent.
PROBLEM = r'(?m)^(WARNING:unixnotif|ERROR|CRITICAL)'


class ListenerTest(base.TestCase):
    def start_agent(self, url: str, *options: object) -> base.Child:
        """Start an agent, and wait until it listens."""
        child = self.start('agent', url, *options)
        child.answer()
        return child

    def emit(self, notifier: Any, count: int, first: int = 0) -> None:
        for n in range(first, first + count):
            notifier.info({}, 'test.number', {'n': n})

    def finish(self, *agents: base.Child) -> list[collections.Counter[str]]:
        """Stop agents one by one; return the handled notifications of each."""
        found = []
        for each in agents:
            answer = each.ask(stop=True)
            found.append(collections.Counter(answer['handled']))
            each.finish()
        return found

    def assert_handled_once(
        self, count: int, found: list[collections.Counter[str]]
    ) -> None:
        """Assert that one agent handled each number below the count."""
        handled = sum(found, collections.Counter())
        self.assertEqual(collections.Counter(map(str, range(count))), handled)

    def test_executors(self) -> None:
        """Every executor receives everything, exactly as emitted."""
        for executor in EXECUTORS:
            for url in self.rendezvous, self.socket:
                notifier = self.new_notifier(url)
                agent = self.start_agent(url, '--executor', executor)

                self.emit(notifier, 500)

                answer = agent.ask(stop=True)
                agent.finish()
                self.assert_handled_once(
                    500, [collections.Counter(answer['handled'])]
                )
                ctxt, publisher_id, event_type, payload, metadata = answer[
                    'first'
                ]
                self.assertEqual({}, ctxt)
                self.assertEqual('service:host', publisher_id)
                self.assertEqual('test.number', event_type)
                self.assertEqual({'n'}, payload.keys())
                self.assertEqual({'message_id', 'timestamp'}, metadata.keys())
                self.assertNotRegex(agent.log, PROBLEM)

    def test_even_split(self) -> None:
        """Two agents get half each, also of topics that alternate."""
        config = self.write_config(self.rendezvous)
        conf = cfg.ConfigOpts()
        conf([], project='test', default_config_files=[config])
        transport = oslo_messaging.get_notification_transport(conf, 'fake://')
        notifiers = [
            oslo_messaging.Notifier(transport, 'x', topics=[topic])
            for topic in ('notifications', 'versioned_notifications')
        ]
        topics = [
            '--topic', 'notifications', '--topic', 'versioned_notifications',
        ]  # fmt: skip
        for executor in EXECUTORS:
            agents = [
                self.start_agent(
                    self.rendezvous, '--executor', executor, *topics
                )
                for _ in range(2)
            ]

            for n in range(100):
                for i, each in enumerate(notifiers):
                    each.info({}, 'test.number', {'n': 2 * n + i})

            found = self.finish(*agents)
            self.assert_handled_once(200, found)
            for each in found:
                odd = sum(n for key, n in each.items() if int(key) % 2)
                self.assertEqual((50, 100), (odd, each.total()))

    def test_workers(self) -> None:
        """Workers that were forked with one transport share the copies."""
        notifier = self.new_notifier(self.rendezvous)
        agent = self.start('agent', self.rendezvous, '--workers', 2)
        pids = {agent.answer()['pid'] for _ in range(2)}
        self.assertEqual(2, len(pids - {agent.pid}))

        self.emit(notifier, 100)

        assert agent.process.stdin is not None
        agent.process.stdin.close()
        found = [
            collections.Counter(agent.answer()['handled']) for _ in range(2)
        ]
        agent.finish()
        self.assert_handled_once(100, found)
        self.assertEqual([50, 50], [each.total() for each in found])

    def test_requeue(self) -> None:
        """The same agent handles requeued notifications later."""
        for executor in EXECUTORS:
            notifier = self.new_notifier(self.rendezvous)
            agents = [
                self.start_agent(
                    self.rendezvous, '--executor', executor, '--requeue', 3
                )
                for _ in range(2)
            ]

            self.emit(notifier, 120)

            for each in agents:
                each.ask(handle=60)
            self.assert_handled_once(120, self.finish(*agents))

    def test_batches(self) -> None:
        """Batches hold everything, also the last one, which is not full."""
        for executor in EXECUTORS:
            notifier = self.new_notifier(self.rendezvous)
            agent = self.start_agent(
                self.rendezvous, '--executor', executor, '--batch', 7
            )

            self.emit(notifier, 100)

            self.assert_handled_once(100, self.finish(agent))

    def test_pools(self) -> None:
        """Each pool gets a copy, which its agents share."""
        notifier = self.new_notifier(self.rendezvous)
        alone, *pool = [
            self.start_agent(self.rendezvous, '--pool', name)
            for name in ('a', 'b', 'b')
        ]

        self.emit(notifier, 100)

        self.assert_handled_once(100, self.finish(alone))
        found = self.finish(*pool)
        self.assert_handled_once(100, found)
        self.assertEqual([50, 50], [each.total() for each in found])

    def test_ends(self) -> None:
        """However agents end, another one continues without a gap."""
        notifier = self.new_notifier(self.rendezvous)
        staying = self.start_agent(self.rendezvous)
        stopping = threading.Event()
        found = []
        count = 0

        def flood() -> None:
            nonlocal count
            # Not faster than the slowest agent: that would drop some.
            while not stopping.wait(0.001):
                self.emit(notifier, 1, first=count)
                count += 1

        thread = threading.Thread(target=flood)
        thread.start()
        try:
            # As designate, barbican and ceilometer do.
            for executor, end in (
                ('threading', 'stop'),
                ('threading', 'stop,cleanup'),
                ('threading', 'stop,wait'),
                ('eventlet', 'stop,wait'),
            ):
                leaving = self.start_agent(
                    self.rendezvous, '--executor', executor, '--end', end
                )
                leaving.ask(handle=100)
                found += self.finish(leaving)
                self.assertNotRegex(leaving.log, PROBLEM)
        finally:
            stopping.set()
            thread.join()
        self.assert_handled_once(count, found + self.finish(staying))

    def test_only_a_transport_url(self) -> None:
        """A service without a unix driver publishes with its transport."""
        conf = cfg.ConfigOpts()
        conf([], project='test', default_config_files=[])
        transport = oslo_messaging.get_notification_transport(
            conf, self.rendezvous
        )
        self.addCleanup(transport.cleanup)
        notifier = oslo_messaging.Notifier(
            transport, 'x', driver='messagingv2', topics=['notifications']
        )
        # Creates the directory.
        self.emit(notifier, 1)
        agent = self.start_agent(self.rendezvous)

        self.emit(notifier, 50)

        self.assert_handled_once(50, self.finish(agent))
