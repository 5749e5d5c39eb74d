# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The driver: from a transport URL to listeners and to the publisher.

Rule: nothing is opened before it is used, so that a service may create the
transport before it forks its workers. A wrong URL is an error at once.
"""

from collections.abc import Iterable
import contextlib
import functools
import logging
from typing import Any
from typing import NoReturn

from oslo_config import cfg
import oslo_messaging
from oslo_messaging._drivers import base

from unixnotif import address
from unixnotif import errors
from unixnotif import message_encoder
from unixnotif import opts
from unixnotif import publisher
from unixnotif import targets
from unixnotif.transport_driver import listeners
from unixnotif.transport_driver import subscription

LOG = logging.getLogger(__name__)

_KINDS = {address.LISTENING: False, address.RENDEZVOUS: True}


class UnixTransportDriver(base.BaseDriver):  # type: ignore[misc]
    """Carries notifications, no RPC, over local Unix sockets.

    The interface is ``BaseDriver`` of oslo.messaging, as described in its
    driver developer guide. The driver serves ``unix://`` and ``unix+dir://``.

    :param conf: gets the options of ``[oslo_messaging_unix]``
    :param url: ``oslo_messaging.TransportURL``
    :param default_exchange: ``control_exchange`` of the service
    :raises InvalidTransportURL: the URL is not an address
    """

    def __init__(
        self,
        conf: cfg.ConfigOpts,
        url: Any,
        default_exchange: str | None = None,
        allowed_remote_exmods: Iterable[str] | None = None,
    ) -> None:
        super().__init__(conf, url, default_exchange, allowed_remote_exmods)
        self._where = _address_of(url)
        self._group = opts.register(conf)
        # Listeners that have not ended. No weak references: cleanup() must
        # remove the socket of a listener that nobody refers to.
        self._listeners: list[tuple[Any, listeners.UnixListener]] = []
        self._publisher: publisher.Publisher | None = None
        self._encoder = functools.lru_cache(maxsize=64)(self._new_encoder)

    def require_features(self, requeue: bool = False) -> None:
        """See the base class; every feature is supported."""

    def send(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse to send a remote procedure call.

        :raises NotImplementedError: always
        """
        self._refuse()

    def listen(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse to serve remote procedure calls.

        :raises NotImplementedError: always
        """
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise NotImplementedError(
            f'{self._where} carries notifications only, no RPC. Set '
            'transport_url in group [DEFAULT] to a message bus, for example '
            'rabbit://user:password@host:5672/, and set '
            f'transport_url = {self._where} in group '
            f'[{opts.NOTIFICATIONS_GROUP}] only.'
        )

    def send_notification(
        self,
        target: Any,
        ctxt: Any,
        message: dict[str, Any],
        version: float,
        retry: int | None = None,
    ) -> None:
        """Publish a notification; never blocks and never retries.

        :param target: its topic ends in the priority
        :param ctxt: redacted request context
        :param message: the envelope with the payload; not changed
        :param version: of no meaning here: there is one format
        :param retry: of no meaning here, as nothing is queued
        """
        priority = str(message.get('priority', '')).lower()
        topic = target.topic.removesuffix(f'.{priority}')
        exchange = target.exchange or self._default_exchange
        self._open_publisher().publish(
            lambda: self._encoder(topic, exchange).encode(ctxt, message),
            ((topic,), priority),
        )

    def _new_encoder(
        self, topic: str, exchange: str | None
    ) -> message_encoder.MessageEncoder:
        return message_encoder.MessageEncoder(
            [topic], exchange, self._group.include_context
        )

    def _open_publisher(self) -> publisher.Publisher:
        if self._publisher is None:
            self._publisher = publisher.shared(
                self._where, **opts.publisher_options(self._group)
            )
        return self._publisher

    def listen_for_notifications(
        self,
        targets_and_priorities: Iterable[tuple[Any, str]],
        pool: str | None,
        batch_size: int | None,
        batch_timeout: float | None,
    ) -> Any:
        """Return a listener, subscribed if the address is there.

        :param targets_and_priorities: may hold equal targets
        :param pool: listeners of one pool share a copy
        :raises NotImplementedError: a pool at a ``unix://`` address
        """
        if pool is not None and not self._where.is_directory:
            raise NotImplementedError(
                f'{self._where} is one socket, where every listener gets '
                f'every notification; pool {pool!r} needs a rendezvous '
                'directory (unix+dir://)'
            )
        wanted = targets.Targets(
            targets.Target(each.topic, each.exchange, priority)
            for each, priority in targets_and_priorities
        )
        listener = listeners.UnixListener(
            subscription.Subscriptions(
                self._where, wanted, pool, self._group.max_message_size
            ),
            max(self._group.max_unacknowledged, batch_size or 0),
        )
        adapter = base.PollStyleListenerAdapter(
            listener, batch_size, batch_timeout
        )
        self._listeners = [
            each for each in self._listeners if not each[1].has_ended
        ]
        self._listeners.append((adapter, listener))
        return adapter

    def cleanup(self) -> None:
        """Stop all listeners, and release the shared publisher."""
        for adapter, _ in self._listeners:
            # RuntimeError: never started, there is no thread to wait for.
            with contextlib.suppress(RuntimeError):
                adapter.stop()
            adapter.cleanup()
        self._listeners.clear()
        self._publisher = None


def _address_of(url: Any) -> address.Address:
    """Return the address that a transport URL names.

    :raises InvalidTransportURL: the URL names no address
    """
    # Not the text of the URL: it may hold a password.
    kind = url.transport
    if url.query:
        LOG.warning(
            'Ignoring %s in the transport_url: %s:// has no parameters.',
            ', '.join(sorted(url.query)),
            kind,
        )
    try:
        if kind not in _KINDS:
            raise errors.AddressError(
                f'there is no transport {kind!r}; use unix:// or unix+dir://'
            )
        if url.hosts:
            raise errors.AddressError(
                f'{kind}:// has no host and no user; it needs an absolute '
                f'path, that is three slashes: {kind}:///run/nova/...'
            )
        # oslo.messaging has removed the first slash.
        return address.Address(f'/{url.virtual_host or ""}', _KINDS[kind])
    except errors.AddressError as e:
        raise oslo_messaging.InvalidTransportURL(
            f'{kind}:///{url.virtual_host or ""}',
            f'Invalid transport_url: {e}',
        ) from e
