# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The consumer's side of a rendezvous directory: its socket there.

Rule: names are ``<unique>.sock`` or ``<group>@<unique>.sock``; a leading
dot means "not ready"; no name is ever used twice.
"""

import _socket
import contextlib
import os
import re
import secrets
import sys
from typing import Final

from unixnotif import descriptors
from unixnotif import errors
from unixnotif import packet
from unixnotif.rendezvous import access
from unixnotif.rendezvous import directories
from unixnotif.rendezvous import listings

# Bound early, as in the module of directories.
_rename = os.rename
_stat = os.stat
_unlink = os.unlink

#: Mode of a subscriber's socket; its group comes from the setgid directory.
SOCKET_MODE: Final = 0o660

_GROUP = re.compile(r'[A-Za-z0-9][A-Za-z0-9_.-]{0,63}')


def check_group(group: str) -> str:
    """Return a group name if it is valid.

    :raises AddressError: the name cannot be part of the name of a socket
    """
    if not _GROUP.fullmatch(group):
        raise errors.AddressError(
            f'{group!r} is not a group of consumers: use up to 64 letters, '
            'digits, dots, dashes and underscores, for example "audit"'
        )
    return group


class Subscription:
    """A subscriber's own socket in a directory, ready when constructed.

    The socket is bound under a name that publishers ignore, gets its mode
    and listens. Then the final name is bound to a namesake, which never
    listens (see :func:`unixnotif.packet.bind_namesake`), and the socket takes
    its place by a rename. The kernel refuses publishers that find the
    final name between this bind and the rename. They try again, and no
    sweeper removes a name that is so young.

    :param directory: stays the caller's
    :param group: share one copy with the group's other members
    :raises UnavailableError: the directory refuses the socket
    """

    # An interpreter that ends clears modules before objects.
    _getpid = staticmethod(os.getpid)
    _is_finalizing = staticmethod(sys.is_finalizing)
    # Id of the process that must remove the name; 0 if there is none.
    _pid = 0

    def __init__(
        self, directory: directories.Directory, group: str | None = None
    ) -> None:
        self._directory = directory
        unique = f'{os.getpid()}-{secrets.token_hex(8)}{listings.SUFFIX}'
        self.name = f'{check_group(group)}@{unique}' if group else unique
        try:
            self.listener = packet.new_socket(_socket.SOCK_SEQPACKET)
        except OSError as e:
            raise directories.unavailable(directory.path, e) from e
        self._namesake: packet.Socket | None = None
        self._file_id: descriptors.FileId | None = None
        self._pid = self._getpid()
        try:
            self._enter(f'.{self.name}')
        except BaseException as e:
            self.abandon()
            if isinstance(e, OSError):
                raise directories.unavailable(directory.path, e) from e
            raise

    def _enter(self, hidden: str) -> None:
        fd = self._directory.fd
        path = self._directory.socket_path(hidden)
        final_path = self._directory.socket_path(self.name)
        try:
            access.limit_access(self.listener, SOCKET_MODE)
            self.listener.bind(path)
            self._file_id = access.set_access(
                self._directory, hidden, SOCKET_MODE
            )
            self.listener.listen(_socket.SOMAXCONN)
            self._namesake = packet.bind_namesake(
                _socket.SOCK_SEQPACKET, final_path
            )
            # The path may lead to another directory by now.
            _stat(self.name, dir_fd=fd, follow_symlinks=False)
            _rename(hidden, self.name, src_dir_fd=fd, dst_dir_fd=fd)
        except BaseException:
            # Not by descriptor: another process may have replaced the
            # directory before the bind. No other process uses these names.
            for each in (path, final_path):
                with contextlib.suppress(OSError):
                    _unlink(each)
            raise

    def is_lost(self) -> bool:
        """Return True if publishers do not find the socket at the path."""
        return self._directory.is_lost() or self._directory.lacks(self.name)

    def hide(self) -> None:
        """Leave the directory; accept only connections that wait now."""
        access.remove_own(self._directory, self.name, self._file_id)
        packet.stop_receiving(self.listener)

    def close(self) -> None:
        """Leave the directory; closing twice is allowed."""
        self.abandon()
        access.remove_own(self._directory, self.name, self._file_id)

    def abandon(self) -> None:
        """Close the sockets only, as a forked child must."""
        self._pid = 0
        self.listener.close()
        if self._namesake is not None:
            self._namesake.close()
            self._namesake = None

    def __del__(self) -> None:
        # A signal handler may raise before anybody holds the new object.
        if self._pid == self._getpid():
            try:
                self.close()
            except Exception:
                # The kernel closes the sockets, and a publisher removes the
                # name.
                if not self._is_finalizing():
                    raise
