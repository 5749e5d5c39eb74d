# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Options of the driver: ``[oslo_messaging_unix]`` and ``sock_path``.

Rule: this module alone declares them, and registers them on the conf that
the caller passes.
"""

import contextlib
import copy
import dataclasses
from typing import Any

from oslo_config import cfg
from oslo_config import types

from unixnotif import packet
from unixnotif import publisher

GROUP = 'oslo_messaging_unix'
#: oslo.messaging's own group, which also holds ``sock_path``.
NOTIFICATIONS_GROUP = 'oslo_messaging_notifications'

_OPTS = [
    cfg.ListOpt(
        'socket_uri',
        default=[],
        sample_default='unix+dir:///run/nova/notifications',
        help='Addresses at which the unix driver publishes notifications, '
        'separated by commas. unix+dir:///run/nova/notifications is '
        'a rendezvous directory, in which each subscriber creates '
        'its own socket. Use it for a service of any number of '
        'processes. unix:///run/nova/notifications.sock is one '
        'socket on which the emitting process listens. Use it for a '
        'service of one process. The driver publishes to each '
        'address independently. In a path, write %2C for a comma, '
        '%24 for a dollar sign and %25 for a percent sign. This '
        'option is required, unless sock_path in group '
        '[oslo_messaging_notifications] is set.',
    ),
    cfg.StrOpt(
        'socket_mode',
        default='0660',
        regex=r'^0?[0-7]{3}$',
        help='Octal mode of the socket on which the driver listens. Users '
        'who may write to the socket may subscribe. If the driver '
        'creates a rendezvous directory, the directory gets the '
        'corresponding mode: 03770 for 0660, 03700 for 0600 and 03777 '
        'for 0666.',
    ),
    cfg.StrOpt(
        'socket_group',
        help='Name or number of the group that may subscribe. The default '
        'is the group that the service runs as.',
    ),
    cfg.Opt(
        'send_buffer_size',
        type=types.Integer(min=4096, max=2**30),
        default=packet.SEND_BUFFER_SIZE,
        help='Size in bytes of the kernel buffer for each subscriber. '
        'Notifications wait only in this buffer. While the buffer is '
        'full, the driver drops notifications for that subscriber. '
        'The sysctl net.core.wmem_max limits the size.',
    ),
    cfg.Opt(
        'max_message_size',
        type=types.Integer(min=4096, max=2**30),
        default=packet.MAX_MESSAGE_SIZE,
        help='Maximum size of a notification, in bytes of JSON. The '
        'driver drops larger notifications and logs an error.',
    ),
    cfg.IntOpt(
        'max_subscribers',
        default=publisher.MAX_SUBSCRIBERS,
        min=1,
        help='Maximum number of subscribers of each URI. One user may have '
        'at most a quarter of this number, except root and the user of the '
        'service. Additional subscribers receive nothing, and the driver logs '
        'a warning.',
    ),
    cfg.IntOpt(
        'max_unacknowledged',
        default=1000,
        min=1,
        help='Limit for a listener whose transport_url begins with '
        'unix:// or unix+dir://: the maximum number of notifications '
        'that its endpoints have received and not acknowledged. At '
        'this limit, the listener stops reading, and further '
        'notifications wait in the socket buffer. If the batch_size '
        'of the listener is larger than this option, batch_size is '
        'the limit.',
    ),
    cfg.BoolOpt(
        'include_context',
        default=True,
        help='Include the redacted request context in notifications, as '
        'drivers for message buses do.',
    ),
]


@dataclasses.dataclass(frozen=True)
class _Written:
    """A value as it is in a configuration file.

    oslo.config expands ``$name`` in strings, lists and dicts, and in no
    other object.
    """

    text: str


class _LiteralString(types.String):
    """A string, or the text of a :class:`_Written`."""

    def __call__(self, value: Any) -> Any:
        return super().__call__(
            value.text if isinstance(value, _Written) else value
        )


class _LiteralOpt(cfg.Opt):
    """An option whose value in a file is literal.

    An ordinary option with an unknown ``$name`` raises when its value is
    read. That ends a service which logs its options at start.
    """

    def _get_from_namespace(
        self, namespace: Any, group_name: str | None
    ) -> tuple[Any, cfg.LocationInfo | None]:
        # Private to oslo.config, which has no public way to avoid the
        # expansion. Should it rename the method, the option becomes an
        # ordinary one.
        value, location = super()._get_from_namespace(namespace, group_name)
        return (
            _Written(value) if isinstance(value, str) else value,
            location,
        )


_SOCK_PATH = _LiteralOpt(
    'sock_path',
    type=_LiteralString(),
    sample_default='/run/nova/notifications.sock',
    help='Absolute path of the socket on which the unix driver listens. '
    'Use it for a service of one process. It is equivalent to '
    'socket_uri = unix://PATH in group [oslo_messaging_unix], and '
    'ignored if socket_uri is set. In this file, the path is '
    'literal: $name and other placeholders are not expanded.',
)


def list_opts() -> list[tuple[str, list[cfg.Opt]]]:
    """Return copies of the options, for oslo-config-generator."""
    return [
        (GROUP, copy.deepcopy(_OPTS)),
        (NOTIFICATIONS_GROUP, [copy.deepcopy(_SOCK_PATH)]),
    ]


def register(conf: cfg.ConfigOpts) -> Any:
    """Register the options on a conf; a second call has no effect.

    :returns: the values of the group ``[oslo_messaging_unix]``
    """
    conf.register_opts(_OPTS, group=GROUP)
    # If another library has already registered an option of this name, its
    # definition stays.
    with contextlib.suppress(cfg.DuplicateOptError):
        conf.register_opt(_SOCK_PATH, group=NOTIFICATIONS_GROUP)
    return conf[GROUP]


def publisher_options(group: Any) -> dict[str, Any]:
    """Return the parameters of a publisher.

    :param group: the values that :func:`register` returns
    :raises ValueError: the type of an option rejects its value
    """
    return {
        'mode': int(group.socket_mode, 8),
        'group': group.socket_group,
        'send_buffer_size': group.send_buffer_size,
        'max_message_size': group.max_message_size,
        'max_subscribers': group.max_subscribers,
    }


def sock_path(conf: cfg.ConfigOpts) -> str | None:
    """Return the value of ``sock_path``; None if it is not set.

    :param conf: a conf on which the options are registered
    :raises ValueError: oslo.config cannot expand the value. It expands a value
        from the environment, and all values if another library has registered
        the option.
    """
    try:
        value = conf[NOTIFICATIONS_GROUP].sock_path
    except (
        cfg.NoSuchGroupError,
        cfg.NoSuchOptError,
        cfg.TemplateSubstitutionError,
    ) as e:
        raise ValueError(
            'cannot expand the value of option sock_path in group '
            f'[{NOTIFICATIONS_GROUP}]: {e}; write $$ for a dollar sign'
        ) from e
    # The type of another library may return, for example, a pathlib.Path.
    return None if value is None else str(value)
