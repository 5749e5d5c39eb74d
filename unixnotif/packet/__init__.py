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

from unixnotif.packet.inflight import Memfds
from unixnotif.packet.outcome import Outcome
from unixnotif.packet.reader import LineReader
from unixnotif.packet.reader import MAX_MESSAGE_SIZE
from unixnotif.packet.reader import PacketReader
from unixnotif.packet.rights import discard
from unixnotif.packet.rights import refuse_descriptors
from unixnotif.packet.sockets import accept
from unixnotif.packet.sockets import bind_namesake
from unixnotif.packet.sockets import connect
from unixnotif.packet.sockets import has_peer
from unixnotif.packet.sockets import new_pair
from unixnotif.packet.sockets import new_socket
from unixnotif.packet.sockets import peer
from unixnotif.packet.sockets import set_send_buffer
from unixnotif.packet.sockets import Socket
from unixnotif.packet.sockets import stop_receiving
from unixnotif.packet.transmission import Outgoing
from unixnotif.packet.writer import LineWriter
from unixnotif.packet.writer import MAX_PACKET
from unixnotif.packet.writer import PacketWriter
from unixnotif.packet.writer import SEND_BUFFER_SIZE
from unixnotif.packet.writer import Writer

__all__ = [
    'MAX_MESSAGE_SIZE',
    'MAX_PACKET',
    'SEND_BUFFER_SIZE',
    'LineReader',
    'LineWriter',
    'Memfds',
    'Outcome',
    'Outgoing',
    'PacketReader',
    'PacketWriter',
    'Socket',
    'Writer',
    'accept',
    'bind_namesake',
    'connect',
    'discard',
    'has_peer',
    'new_pair',
    'new_socket',
    'peer',
    'refuse_descriptors',
    'set_send_buffer',
    'stop_receiving',
]
