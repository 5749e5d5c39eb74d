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

"""The notification driver ``unix`` of oslo.messaging.

Rule: whatever is wrong with the configuration or a notification is said in
the log; the service that emits is never disturbed.
"""

import logging
from typing import Any

from oslo_config import cfg
from oslo_messaging import notify
from oslo_serialization import jsonutils

from unixnotif import document
from unixnotif import errors
from unixnotif import opts
from unixnotif import publisher

LOG = logging.getLogger(__name__)

_EXAMPLE = 'socket_uri = unix+dir:///run/nova/notifications'


class UnixDriver(notify.Driver):  # type: ignore[misc]
    """Relays each notification to every subscriber of local sockets.

    The interface is oslo.messaging's ``notify.Driver``; the options are in
    ``[oslo_messaging_unix]``.
    """

    def __init__(
        self, conf: cfg.ConfigOpts, topics: list[str], transport: Any
    ) -> None:
        super().__init__(conf, topics, transport)
        group = opts.register(conf)
        self._envelope = {
            'topics': list(topics),
            # Registered with the transport; "nova" in nova.
            'exchange': getattr(conf, 'control_exchange', None),
        }
        self._include_context = group.include_context
        self._publishers = _make_publishers(group)

    def notify(
        self,
        ctxt: dict[str, Any],
        message: dict[str, Any],
        priority: str,
        retry: int | None,
    ) -> None:
        """Publish a notification; never blocks and never retries.

        :param ctxt: redacted and serialized request context
        :param message: the envelope with the payload; not changed
        :param priority: the same as in the message
        :param retry: of no meaning here, as nothing is queued
        """
        encoded = None

        def encode() -> bytes:
            # Serialized once, also for several addresses.
            nonlocal encoded
            if encoded is None:
                encoded = self._encode(ctxt, message)
            return encoded

        for each in self._publishers:
            each.publish(encode)

    def _encode(self, ctxt: dict[str, Any], message: dict[str, Any]) -> bytes:
        message = {**message, **self._envelope}
        if self._include_context:
            message['context'] = ctxt
        try:
            return document.encode(message, jsonutils.to_primitive)
        except Exception as e:
            # Whatever: to_primitive runs code of the payload's own objects.
            raise errors.DocumentError(
                f'{message.get("event_type")} cannot be serialized: {e!r}'
            ) from e


def _make_publishers(group: Any) -> list[publisher.Publisher]:
    """This process's publishers for the configured addresses, opened."""
    try:
        uris = group.socket_uri
        options = {
            'mode': int(group.socket_mode, 8),
            'group': group.socket_group,
            'send_buffer_size': group.send_buffer_size,
            'max_message_size': group.max_message_size,
            'max_subscribers': group.max_subscribers,
        }
    except ValueError as e:  # of the types of oslo.config
        LOG.error('The unix notification driver does nothing: %s', e)
        return []
    if not uris:
        LOG.error(
            'The unix notification driver does nothing: option socket_uri '
            'in group [%s] is not set, for example: %s',
            opts.GROUP,
            _EXAMPLE,
        )
    publishers = []
    for uri in uris:
        try:
            each = publisher.shared(uri, **options)
        except errors.AddressError as e:
            LOG.error(
                'The unix notification driver ignores an entry of option '
                'socket_uri in group [%s]: %s',
                opts.GROUP,
                e,
            )
            continue
        each.refresh()
        if each not in publishers:
            publishers.append(each)
    return publishers
