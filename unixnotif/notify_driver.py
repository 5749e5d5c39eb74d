# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The notification driver ``unix`` of oslo.messaging.

Rule: the driver logs every error of the configuration or of a notification,
and never disturbs the service that emits.
"""

import logging
from typing import Any

from oslo_config import cfg
from oslo_messaging import notify

from unixnotif import address
from unixnotif import errors
from unixnotif import message_encoder
from unixnotif import opts
from unixnotif import publisher

LOG = logging.getLogger(__name__)

_EXAMPLE = 'socket_uri = unix+dir:///run/nova/notifications'
_PATH_EXAMPLE = 'sock_path = /run/nova/notifications.sock'


class UnixDriver(notify.Driver):  # type: ignore[misc]
    """Relays each notification to every subscriber of local sockets.

    The interface is oslo.messaging's ``notify.Driver``; the options are in
    ``[oslo_messaging_unix]``, and ``sock_path`` is in
    ``[oslo_messaging_notifications]``.
    """

    def __init__(
        self, conf: cfg.ConfigOpts, topics: list[str], transport: Any
    ) -> None:
        super().__init__(conf, topics, transport)
        group = opts.register(conf)
        self._encoder = message_encoder.MessageEncoder(
            topics,
            # Registered with the transport; "nova" in nova.
            getattr(conf, 'control_exchange', None),
            group.include_context,
        )
        self._topics = tuple(topics)
        self._publishers = _make_publishers(conf, group)

    def notify(
        self,
        ctxt: Any,
        message: dict[str, Any],
        priority: str,
        retry: int | None,
    ) -> None:
        """Publish a notification; never blocks and never retries.

        :param ctxt: redacted request context: a dict or an object with a
            method ``to_dict``
        :param message: the envelope with the payload; not changed
        :param priority: the same as in the message
        :param retry: ignored, because the driver queues nothing
        """
        self.deliver(ctxt, message)

    def deliver(
        self, ctxt: Any, message: dict[str, Any]
    ) -> list[publisher.Delivery]:
        """Publish a notification; return its delivery at each address.

        :param ctxt: see :meth:`notify`
        :param message: see :meth:`notify`
        """
        encoded = None

        def encode() -> bytes:
            # Serialized once, also for several addresses.
            nonlocal encoded
            if encoded is None:
                encoded = self._encoder.encode(ctxt, message)
            return encoded

        kind = (self._topics, message.get('priority'))
        return [each.publish(encode, kind) for each in self._publishers]


def _make_publishers(
    conf: cfg.ConfigOpts, group: Any
) -> list[publisher.Publisher]:
    """Return this process's open publishers for the configured addresses."""
    try:
        options = opts.publisher_options(group)
        addresses = _configured_addresses(conf, group.socket_uri)
    except ValueError as e:  # of the types of oslo.config
        LOG.error('The unix notification driver publishes nothing: %s', e)
        return []
    publishers = []
    for where in addresses:
        each = publisher.shared(where, **options)
        each.refresh()
        if each not in publishers:
            publishers.append(each)
    return publishers


def _configured_addresses(
    conf: cfg.ConfigOpts, uris: list[str]
) -> list[address.Address]:
    """Return the addresses of socket_uri, or else the one of sock_path.

    Log one error for each value that is not an address.

    :raises ValueError: the type of an option rejects its value
    """
    if not uris:
        return _address_of_path(opts.sock_path(conf))
    found = []
    for uri in uris:
        try:
            found.append(address.Address.parse(uri))
        except errors.AddressError as e:
            LOG.error(
                'The unix notification driver ignores an entry of option '
                'socket_uri in group [%s]: %s',
                opts.GROUP,
                e,
            )
    return found


def _address_of_path(path: str | None) -> list[address.Address]:
    if not path:
        LOG.error(
            'The unix notification driver publishes nothing: option '
            'socket_uri in group [%s] is not set. Set it, for example: %s',
            opts.GROUP,
            _EXAMPLE,
        )
        return []
    try:
        return [address.Address(path, is_directory=False)]
    except errors.AddressError:
        # The reason in the exception is about URIs; this option takes none.
        LOG.error(
            'The unix notification driver publishes nothing: option '
            'sock_path in group [%s] must be the absolute path of a '
            'socket, not %r. Set it, for example: %s',
            opts.NOTIFICATIONS_GROUP,
            path,
            _PATH_EXAMPLE,
        )
        return []
