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

"""Packets and lines: how one document crosses one socket."""

from unixnotif.packet.receiving import LineReader
from unixnotif.packet.receiving import MAX_MESSAGE_SIZE
from unixnotif.packet.receiving import PacketReader
from unixnotif.packet.sending import BACKLOG_FULL
from unixnotif.packet.sending import BUFFER_FULL
from unixnotif.packet.sending import DENIED
from unixnotif.packet.sending import LineWriter
from unixnotif.packet.sending import MAX_PACKET
from unixnotif.packet.sending import Outgoing
from unixnotif.packet.sending import PacketWriter
from unixnotif.packet.sending import SEND_BUFFER_SIZE
from unixnotif.packet.sending import TOO_LARGE
from unixnotif.packet.sending import UNREACHABLE
from unixnotif.packet.sending import UNSERIALIZABLE
from unixnotif.packet.sending import Writer
from unixnotif.packet.sockets import accept
from unixnotif.packet.sockets import connect
from unixnotif.packet.sockets import new_socket
from unixnotif.packet.sockets import peer
from unixnotif.packet.sockets import set_send_buffer
from unixnotif.packet.sockets import stop_receiving

__all__ = [
    'BACKLOG_FULL',
    'BUFFER_FULL',
    'DENIED',
    'MAX_MESSAGE_SIZE',
    'MAX_PACKET',
    'SEND_BUFFER_SIZE',
    'TOO_LARGE',
    'UNREACHABLE',
    'UNSERIALIZABLE',
    'LineReader',
    'LineWriter',
    'Outgoing',
    'PacketReader',
    'PacketWriter',
    'Writer',
    'accept',
    'connect',
    'new_socket',
    'peer',
    'set_send_buffer',
    'stop_receiving',
]
