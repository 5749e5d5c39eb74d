# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The driver: URLs, options, publishing, and what it refuses."""

import gc
import os
from typing import Any
import weakref

from oslo_context import context
import oslo_messaging
from oslo_messaging._drivers import base as driver_base

from unixnotif import address
from unixnotif import transport_driver
from unixnotif.tests import base
from unixnotif.tests.unit.transport_driver import cases
from unixnotif.transport_driver import listeners


class UrlTest(cases.TestCase):
    def where(self, url: str) -> address.Address:
        return self.new_driver(url)._where

    def test_addresses(self) -> None:
        """Both schemes lead to the driver, with the path of the URL."""
        for url, path, is_directory in (
            ('unix:///run/n.sock', '/run/n.sock', False),
            ('unix+dir:///run/nova/n', '/run/nova/n', True),
            ('unix+dir:////run//n/', '/run/n', True),
            ('unix+dir:///run/a%20b%2C%24c', '/run/a b,$c', True),
            ('unix:///run/caf%C3%A9.sock', '/run/caf\u00e9.sock', False),
        ):
            self.assertEqual(
                address.Address(path, is_directory), self.where(url)
            )

    def test_own_uris(self) -> None:
        """Each URI that an address writes is a transport URL."""
        for path in '/run/a b', '/run/%', '/run/,$x', '/run/?#':
            where = address.Address(path)
            self.assertEqual(where, self.where(str(where)))

    def test_wrong_urls(self) -> None:
        """An error says what is wrong with a URL."""
        for url, problem in (
            ('unix://', 'root directory'),
            ('unix+dir:///', 'root directory'),
            ('unix:///run/n/', 'ends in a slash'),
            ('unix+dir:///run/../..', 'root directory'),
            ('unix://./n.sock', 'three slashes'),
            ('unix+dir://run/nova', 'three slashes'),
            ('unix+dir://user:secret@/run/nova', 'no host and no user'),
            ('unix+file:///run/nova', "no transport 'unix+file'"),
            ('unix:///run/%00', 'cannot be printed'),
        ):
            e = self.assertRaises(
                oslo_messaging.InvalidTransportURL, self.new_transport, url
            )
            self.assertIn('Invalid transport_url: ', str(e))
            self.assertIn(problem, str(e))
            self.assertNotIn('secret', f'{e} {e.url}')

    def test_query(self) -> None:
        """A query is ignored, with a warning."""
        self.assertEqual(
            address.Address('/run/n'), self.where('unix+dir:///run/n?b=1&a=2')
        )
        self.assertEqual(
            [
                'WARNING Ignoring a, b in the transport_url: unix+dir:// has '
                'no parameters.'
            ],
            self.logged,
        )

    def test_nothing_is_opened(self) -> None:
        """A transport needs no descriptor before it is used."""
        before = base.descriptors_before()

        self.new_driver(f'unix+dir://{self.new_directory().path}')

        self.assertEqual(before, base.open_descriptors())


class RefusalTest(cases.TestCase):
    def test_rpc(self) -> None:
        """An error about RPC says which options to set."""
        conf = self.new_conf()
        where = self.new_directory()
        transport = oslo_messaging.get_rpc_transport(conf, str(where))
        target = oslo_messaging.Target(topic='t', server='s')

        # As the client and the server do, which need options of cfg.CONF.
        for call in (
            lambda: transport._send(target, {}, {}),
            lambda: transport._send(target, {}, {}, wait_for_reply=True),
            lambda: transport._listen(target, 1, None),
        ):
            e = self.assertRaises(NotImplementedError, call)
            self.assertIn(f'{where} carries notifications only', str(e))
            self.assertIn('transport_url in group [DEFAULT]', str(e))
            self.assertIn('[oslo_messaging_notifications]', str(e))

    def test_pool_at_one_socket(self) -> None:
        """A pool needs a rendezvous directory."""
        driver = self.new_driver(str(self.new_socket()))

        e = self.assertRaises(
            NotImplementedError,
            driver.listen_for_notifications,
            [(oslo_messaging.Target(topic='n'), 'info')],
            'agents',
            1,
            None,
        )

        self.assertIn("pool 'agents' needs a rendezvous directory", str(e))

    def test_requeue(self) -> None:
        """A service can require the feature requeue of the driver."""
        self.new_driver('unix+dir:///run/n').require_features(requeue=True)


class ListenTest(cases.TestCase):
    def listen(
        self,
        driver: transport_driver.UnixTransportDriver,
        *topics: str,
        batch_size: int | None = 1,
        pool: str | None = None,
    ) -> Any:
        wanted = {
            (oslo_messaging.Target(topic=topic), 'info')
            # Target has an identity as its hash: a set keeps equal ones.
            for topic in topics * 2
        }
        return driver.listen_for_notifications(wanted, pool, batch_size, None)

    def poller(self, adapter: Any) -> listeners.UnixListener:
        found = adapter._poll_style_listener
        assert isinstance(found, listeners.UnixListener)
        return found

    def test_subscribed(self) -> None:
        """The listener that is returned is subscribed to each topic."""
        where = self.new_directory()
        driver = self.new_driver(str(where))

        adapter = self.listen(driver, 'notifications', 'b')

        self.assertIsInstance(adapter, driver_base.PollStyleListenerAdapter)
        self.assertEqual(2, len(os.listdir(where.path)))
        publisher = self.new_publisher(where)
        cases.publish(publisher, 1, topics=('notifications', 'b'))
        poller = self.poller(adapter)
        self.assertEqual([1], cases.payloads(poller.poll(batch_size=None)))

    def test_limit(self) -> None:
        """The limit is an option, and never below the size of a batch."""
        config = '[oslo_messaging_unix]\nmax_unacknowledged = 20\n'
        driver = self.new_driver(str(self.new_directory()), config)
        for size, expected in ((1, 20), (None, 20), (50, 50)):
            poller = self.poller(self.listen(driver, 'n', batch_size=size))
            self.assertEqual(expected, poller._ledger.limit)
        driver = self.new_driver(str(self.new_directory()))
        self.assertEqual(
            1000, self.poller(self.listen(driver, 'n'))._ledger.limit
        )

    def test_cleanup(self) -> None:
        """Cleaning up the driver ends its listeners, started or not."""
        where = self.new_directory()
        before = base.descriptors_before()
        driver = self.new_driver(str(where))
        publisher = self.new_publisher(where)
        batches: list[Any] = []
        started = self.listen(driver, 'notifications')
        started.start(batches.append)
        self.listen(driver, 'notifications', pool='p')
        # Nobody holds the second one, but the driver does.
        gc.collect()
        for n in range(10):
            cases.publish(publisher, n)

        driver.cleanup()
        driver.cleanup()

        self.assertEqual([], os.listdir(where.path))
        self.assertEqual(
            list(range(10)), cases.payloads([each[0] for each in batches])
        )
        publisher.close()
        self.assertEqual(before, base.open_descriptors())

    def test_ended_listeners(self) -> None:
        """The driver does not keep listeners that have ended."""
        driver = self.new_driver(str(self.new_directory()))
        ended = weakref.ref(self.listen(driver, 'a'))
        self.poller(ended()).cleanup()

        self.listen(driver, 'b')
        gc.collect()

        self.assertIsNone(ended())


class SendTest(cases.TestCase):
    def new_notifier(
        self, where: address.Address, config: str = '', **options: Any
    ) -> Any:
        return oslo_messaging.Notifier(
            self.new_transport(str(where), config),
            publisher_id='compute.host1',
            driver='messagingv2',
            **options,
        )

    def test_document(self) -> None:
        """Each topic has a document, without the priority in its name."""
        config = '[DEFAULT]\ncontrol_exchange = nova\n'
        for where in self.new_directory(), self.new_socket():
            notifier = self.new_notifier(where, config, topics=['a', 'b.info'])
            # At unix://, the first notification creates the socket.
            notifier.info({}, 'a.b', 'early')
            receiver = self.new_consumer(where)

            ctxt = context.RequestContext(auth_token='secret')
            notifier.warn(ctxt, 'a.b', {'x': 2**70})

            found = [receiver.receive(0) for _ in range(3)]
            self.assertIsNone(found.pop())
            self.assertEqual(
                [('a',), ('b.info',)], [each.topics for each in found if each]
            )
            for each in found:
                assert each is not None
                self.assertEqual('nova', each.exchange)
                self.assertEqual('WARN', each.priority)
                self.assertEqual({'x': 2**70}, each.payload)
                self.assertEqual(ctxt.request_id, each.context['request_id'])
                self.assertNotIn('secret', str(each.context))

    def test_exchange(self) -> None:
        """The exchange of the target comes first."""
        where = self.new_directory()
        driver = self.new_driver(str(where))
        receiver = self.new_consumer(where)
        message = base.new_notification(1).document
        for exchange, topic in (('glance', 'n.info'), (None, 'n')):
            target = oslo_messaging.Target(exchange=exchange, topic=topic)
            driver.send_notification(target, {}, message, 2.0, retry=-1)

        for expected in 'glance', 'openstack':
            found = receiver.receive(0)
            assert found is not None
            self.assertEqual(expected, found.exchange)
            self.assertEqual(('n',), found.topics)

    def test_options(self) -> None:
        """The options of the notification driver apply."""
        where = self.new_directory()
        notifier = self.new_notifier(
            where,
            '[oslo_messaging_unix]\n'
            'include_context = false\nmax_message_size = 4096\n',
        )
        receiver = self.new_consumer(where)

        notifier.info(context.RequestContext(), 'a.b', {})
        notifier.info({}, 'a.b', 'x' * 5000)

        found = receiver.receive(0)
        assert found is not None
        self.assertEqual({}, found.context)
        self.assertIn('larger than max_message_size (4096)', self.logged[0])

    def test_no_subscriber(self) -> None:
        """Without a subscriber, a notification is not even serialized."""
        notifier = self.new_notifier(self.new_directory())

        notifier.info({}, 'a.b', object())

        self.assertEqual([], self.logged)

    def test_missing_directory(self) -> None:
        """A directory that cannot be created is one error in the log."""
        where = address.Address(f'{self.new_directory().path}/no/directory')
        notifier = self.new_notifier(where)

        for _ in range(3):
            notifier.info({}, 'a.b', {})

        (error,) = self.logged
        self.assertIn(str(where), error)

    def test_group(self) -> None:
        """Listeners that share receive half of each topic and priority."""
        where = self.new_directory()
        notifier = self.new_notifier(where, topics=['notifications', 'v'])
        members = [
            listeners.UnixListener(
                self.new_subscriptions(
                    where, 'notifications', 'v', priorities=('info', 'error')
                ),
                1000,
            )
            for _ in range(2)
        ]
        for n in range(4):
            notifier.info({}, 'a.b', n)
            notifier.error({}, 'a.b', n)

        for each in members:
            self.addCleanup(each.cleanup)
            batch = each.poll(batch_size=None)
            self.assertEqual(8, len(batch))
            self.assertEqual(
                4, [m.message['priority'] for m in batch].count('INFO')
            )
