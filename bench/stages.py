# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The stage, which creates the contenders: Notifiers, servers and readers.

Rule: all contenders exist in one process at once, so that a job can alternate
between them. A temporary directory holds their files until the stage ends.
"""

import contextlib
import functools
from importlib import metadata
import logging
import tempfile
from typing import Any
from typing import Self

from oslo_config import cfg
import oslo_messaging
from oslo_messaging._drivers import impl_fake
from oslo_messaging.notify import _impl_test
from stevedore import extension
from stevedore import named

from bench import intakes
from bench import peers
from bench import readers
from bench.contenders import Contender
from bench.contenders import use_serializer
from tools.relay import rabbitmq
from unixnotif import opts
from unixnotif import publisher

TOPIC = 'bench_notifications'
# The benchmark passes the driver; stevedore does not search for it.
_NO_ENTRY_POINT = metadata.EntryPoint('zmq', '', 'bench')


class Stage(contextlib.ExitStack):
    """Creates the contenders, and ends them.

    :ivar skipped: reasons by the names of missing peers
    """

    def __init__(self) -> None:
        super().__init__()
        self.skipped: dict[str, str] = {}
        self._number = 0

    def __enter__(self) -> Self:
        super().__enter__()
        self.directory = self.enter_context(
            tempfile.TemporaryDirectory(prefix='bench-')
        )
        self.callback(use_serializer, '')
        return self

    def _unique(self) -> str:
        self._number += 1
        return f'{self.directory}/{self._number}'

    def uri(self, scheme: str) -> str:
        """Return a new address: ``unix`` or ``unix+dir``."""
        return f'{scheme}://{self._unique()}'

    def notifier(
        self, driver: str, url: str = 'fake://', uri: str = ''
    ) -> Any:
        """Return a Notifier with a conf of its own.

        :param url: transport_url, for messaging drivers
        :param uri: socket_uri, for ours
        """
        conf = cfg.ConfigOpts()
        conf([], project='bench')
        if uri:
            opts.register(conf)
            conf.set_override('socket_uri', [uri], group=opts.GROUP)
        return oslo_messaging.Notifier(
            oslo_messaging.get_notification_transport(conf, url=url),
            publisher_id='nova-compute:compute-rack12-node07',
            driver=driver,
            topics=[TOPIC],
        )

    def noop(self) -> list[Contender]:
        """Return a contender without a transport: the Notifier alone."""
        return [Contender('noop', self.notifier('noop'))]

    def test(self) -> list[Contender]:
        """Return the test driver of oslo.messaging, a list in memory."""
        notifier = self.notifier('test')
        return [Contender('test', notifier, settle=_impl_test.reset)]

    def log(self) -> list[Contender]:
        """Return the log driver, which writes into a file."""
        logger = logging.getLogger('oslo.messaging.notification')
        handler = logging.FileHandler(self._unique())
        self.callback(handler.close)
        self.callback(logger.removeHandler, handler)
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
        logger.propagate = False
        return [Contender('log', self.notifier('log'))]

    def fake(self) -> list[Contender]:
        """Return messagingv2 over the transport for tests."""
        return [
            Contender(
                'messagingv2 fake',
                self.notifier('messagingv2'),
                settle=impl_fake.FakeExchangeManager.cleanup,
            )
        ]

    def rabbitmq(self) -> list[Contender]:
        """Return messagingv2 over RabbitMQ, with a listener in a process."""
        try:
            server = self.enter_context(rabbitmq.RabbitMQ())
        except rabbitmq.MissingError as e:
            self.skipped['messagingv2 rabbit'] = str(e)
            return []
        notifier = self.notifier('messagingv2', server.url)
        reader = self.enter_context(
            readers.Reader(intakes.ListenerIntake, server.url, TOPIC)
        )
        self.callback(notifier.transport.cleanup)
        return [
            Contender(
                'messagingv2 rabbit',
                notifier,
                '',
                1,
                reader,
                settle=reader.report,
            )
        ]

    def zmq(self, choices: list[str]) -> list[Contender]:
        """Return zmq PUB over ipc, with a subscriber in a process.

        :param choices: serializers, for each of which there is a contender
        """
        endpoint = f'ipc://{self._unique()}'
        try:
            driver = peers.ZmqDriver(endpoint)
        except peers.MissingError as e:
            self.skipped['zmq'] = str(e)
            return []
        self.callback(driver.close)
        reader = self.enter_context(
            readers.Reader(intakes.ZmqIntake, endpoint)
        )
        notifier = self.notifier('noop')
        found = extension.Extension(
            'zmq', _NO_ENTRY_POINT, type(driver), driver
        )
        notifier._driver_mgr = named.NamedExtensionManager.make_test_instance(
            [found]
        )
        # The subscription reaches the publisher some time later.
        while not reader.report().count:
            notifier.info({}, 'bench.begin', {})
        return [
            Contender(
                'zmq',
                notifier,
                serializer,
                1,
                reader,
                functools.partial(use_serializer, serializer),
                reader.report,
                driver.send,
            )
            for serializer in choices
        ]

    def unix(
        self, scheme: str, counts: list[int], choices: list[str]
    ) -> list[Contender]:
        """Return unixnotif, at an address for each number of subscribers.

        :param counts: of subscribers; those at one address share a process
        :param choices: serializers, for each of which there is a contender
        """
        uris = {str(count): self.uri(scheme) for count in counts}
        notifiers = {
            name: self.notifier('unix', uri=uri) for name, uri in uris.items()
        }
        wanted = {name: (uri, int(name)) for name, uri in uris.items()}
        reader = self.enter_context(readers.Reader(intakes.UnixIntake, wanted))
        found = []
        for name, notifier in notifiers.items():
            for serializer in choices if int(name) else ['']:

                def prepare(
                    name: str = name, chosen: str = serializer
                ) -> None:
                    use_serializer(chosen)
                    reader.watch(name)

                contender = Contender(
                    scheme,
                    notifier,
                    serializer,
                    int(name),
                    reader,
                    prepare,
                    reader.report,
                    publisher.shared(uris[name]).publish,
                )
                # The first notification opens the connections.
                prepare()
                notifier.info({}, 'bench.begin', {})
                count = reader.report().count
                if count != int(name):
                    raise RuntimeError(
                        f'{contender.label}: {count} of {name} subscribers '
                        'received the notification'
                    )
                found.append(contender)
        return found
