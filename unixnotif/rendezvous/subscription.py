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

"""The consumer's side of a rendezvous directory: one's own socket in it.

Rule: names are ``<unique>.sock`` or ``<group>@<unique>.sock``; a leading
dot means "not ready"; no name is ever used twice.
"""

import _socket
import contextlib
import os
import re
import secrets
from typing import Final

from unixnotif import errors
from unixnotif import packet
from unixnotif.rendezvous import directory as directories
from unixnotif.rendezvous import scanning

#: Mode of a subscriber's socket; its group comes from the setgid directory.
SOCKET_MODE: Final = 0o660

_GROUP = re.compile(r'[A-Za-z0-9][A-Za-z0-9_.-]{0,63}')


def check_group(group: str) -> str:
    """A valid group name, as it is.

    :raises AddressError: it cannot be part of a file name of ours
    """
    if not _GROUP.fullmatch(group):
        raise errors.AddressError(
            f'{group!r} is not a group of consumers: use up to 64 letters, '
            'digits, dots, dashes and underscores, for example "audit"'
        )
    return group


class Subscription:
    """A subscriber's own socket in a directory, ready when made.

    It is bound under a name that publishers ignore, gets its mode, listens,
    and only then its final name: nobody ever connects to it too early, and
    no sweeper finds it refusing.

    :param directory: stays the caller's
    :param group: share one copy with the group's other members
    :raises UnavailableError: the directory refuses it
    """

    def __init__(
        self, directory: directories.Directory, group: str | None = None
    ) -> None:
        self._directory = directory
        unique = f'{os.getpid()}-{secrets.token_hex(8)}{scanning.SUFFIX}'
        self.name = f'{check_group(group)}@{unique}' if group else unique
        try:
            self.listener = packet.new_socket(_socket.SOCK_SEQPACKET)
            self._enter(f'.{self.name}')
        except OSError as e:
            raise directories.unavailable(directory.path, e) from e

    def _enter(self, hidden: str) -> None:
        fd = self._directory.fd
        try:
            self.listener.bind(self._directory.socket_path(hidden))
            os.chmod(hidden, SOCKET_MODE, dir_fd=fd)
            self.listener.listen(_socket.SOMAXCONN)
            os.rename(hidden, self.name, src_dir_fd=fd, dst_dir_fd=fd)
        except BaseException:
            self.listener.close()
            with contextlib.suppress(OSError):
                os.unlink(hidden, dir_fd=fd)
            raise

    def hide(self) -> None:
        """Leave the directory, and go on listening to who had found us."""
        with contextlib.suppress(OSError):
            os.unlink(self.name, dir_fd=self._directory.fd)

    def close(self) -> None:
        """Leave the directory; closing twice is allowed."""
        self.listener.close()
        self.hide()
