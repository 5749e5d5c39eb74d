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

"""Traps: sockets whose last close blocks, for a peer that receives them."""

import _socket
import array
import contextlib
import socket
import struct
from typing import Any
from typing import Final

#: Seconds for which closing a trap blocks.
_LINGER: Final = 3600


def new() -> tuple[socket.socket, Any]:
    """Return a socket whose last close blocks.

    :returns: the socket, and an object that keeps it blocked
    """
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    listener.bind(('127.0.0.1', 0))
    listener.listen(1)
    # Without the codecs that create_connection() imports: another user may
    # not read them.
    trap = socket.socket()
    trap.connect(listener.getsockname())
    peer, _ = listener.accept()
    trap.setblocking(False)
    with contextlib.suppress(BlockingIOError):
        while True:
            trap.send(bytes(65536))
    trap.setsockopt(
        socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, _LINGER)
    )
    return trap, (listener, peer)


def pass_on(sock: _socket.socket, *data: bytes) -> Any:
    """Pass a trap to a peer, after some records.

    :returns: an object that keeps the trap blocked as long as it lives
    """
    trap, kept = new()
    rights = array.array('i', [trap.fileno()])
    for each in data:
        sock.send(each)
    sock.sendmsg([b'x'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)])
    # The last reference is in the queue of the peer now.
    trap.close()
    return kept, sock
