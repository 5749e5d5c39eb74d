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

"""Options of the group ``[oslo_messaging_unix]``.

Rule: declared here and nowhere else, registered on the conf that is passed.
"""

import copy
from typing import Any

from oslo_config import cfg
from oslo_config import types

from unixnotif import packet
from unixnotif import publisher

GROUP = 'oslo_messaging_unix'

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
        'at independently. Required by the unix driver.',
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
    cfg.BoolOpt(
        'include_context',
        default=True,
        help='Whether notifications carry the redacted request context, as '
        'they do on a message bus.',
    ),
]


def list_opts() -> list[tuple[str, list[cfg.Opt]]]:
    """The options, for oslo-config-generator; copies, as is the custom."""
    return [(GROUP, copy.deepcopy(_OPTS))]


def register(conf: cfg.ConfigOpts) -> Any:
    """Register the options on a conf, once or again.

    :returns: the group's values
    """
    conf.register_opts(_OPTS, group=GROUP)
    return conf[GROUP]
