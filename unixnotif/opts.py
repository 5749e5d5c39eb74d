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
        help='Where notifications are published. '
        'unix+dir:///run/nova/notifications is a rendezvous directory, in '
        'which every subscriber puts its own socket: for services of any '
        'number of processes. unix:///run/nova/notifications.sock is one '
        'socket on which the emitting process listens: for services of one '
        'process. With several URIs, separated by commas, each is published '
        'at independently. In a path, write %2C for a comma, %24 for a dollar '
        'sign and %25 for a percent sign. Required by the unix driver, unless '
        'sock_path in group [oslo_messaging_notifications] is set.',
    ),
    cfg.StrOpt(
        'socket_mode',
        default='0660',
        regex=r'^0?[0-7]{3}$',
        help='Who may subscribe, as the octal mode of the socket on which '
        'the driver listens: whoever may write to it. A rendezvous directory '
        'that the driver makes gets the mode that goes with it: 03770 for '
        '0660.',
    ),
    cfg.StrOpt(
        'socket_group',
        help='Name or number of the group that may subscribe. By default it '
        'is the group that the service runs as.',
    ),
    cfg.Opt(
        'send_buffer_size',
        type=types.Integer(min=4096, max=2**30),
        default=packet.SEND_BUFFER_SIZE,
        help='Kernel buffer for each subscriber, in bytes. It is the only '
        'place where a notification waits; when it is full, notifications '
        'are dropped for that subscriber. The kernel clamps it to the '
        'sysctl net.core.wmem_max.',
    ),
    cfg.Opt(
        'max_message_size',
        type=types.Integer(min=4096, max=2**30),
        default=packet.MAX_MESSAGE_SIZE,
        help='Largest notification, in bytes of JSON. A larger one is '
        'dropped, with an error in the log.',
    ),
    cfg.IntOpt(
        'max_subscribers',
        default=publisher.MAX_SUBSCRIBERS,
        min=1,
        help='Most subscribers of each URI. Further ones get nothing, with '
        'a warning in the log.',
    ),
    cfg.IntOpt(
        'max_unacknowledged',
        default=1000,
        min=1,
        help='Maximum number of notifications that a listener with a '
        'transport_url of this driver hands to its endpoints before they '
        'acknowledge one. Further ones stay in the socket buffer. A batch '
        'may be larger.',
    ),
    cfg.BoolOpt(
        'include_context',
        default=True,
        help='Whether notifications carry the redacted request context, as '
        'they do on a message bus.',
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
    help='Absolute path of the socket on which the unix driver listens: for '
    'services of one process. It is short for socket_uri = unix://PATH in '
    'group [oslo_messaging_unix], and has no effect if socket_uri is set. '
    'The path is literal: neither $name nor any other placeholder is '
    'expanded.',
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
    :raises ValueError: the value cannot be read. It is not literal in the
        environment, or if another library has registered the option.
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
