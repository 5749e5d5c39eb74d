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

"""The right of a peer to pass descriptors (SCM_RIGHTS, unix(7)).

Rule: a process that needs no descriptors lets the kernel refuse them.
"""

import _socket
import contextlib
from typing import Final

# Level and option for setsockopt(2): Linux 6.16 and later, see
# asm-generic/socket.h. Python has no name for the option.
_PASS_RIGHTS: Final = (_socket.SOL_SOCKET, 83)


def refuse_descriptors(sock: _socket.socket) -> None:
    """Let no peer pass a descriptor to a socket, where the kernel can do it.

    The peer's sendmsg(2) fails with EPERM. Connections of a listening socket
    inherit this, also while they wait to be accepted. An older kernel does
    not know the option and passes descriptors.
    """
    with contextlib.suppress(OSError):
        sock.setsockopt(*_PASS_RIGHTS, 0)
