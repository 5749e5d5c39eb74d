# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

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
