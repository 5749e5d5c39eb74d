# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The listening socket of a ``unix://`` address: one owner, many readers.

Rule: a live socket is never stolen and never unlinked, not even in a race. No
process can reach the socket before it has its final mode and group. The owner
of the directory can exchange a name at any time.
"""

import _socket
from collections.abc import Callable
import contextlib
import errno
import os
import secrets
import stat
import sys

from unixnotif import address
from unixnotif import descriptors
from unixnotif import errors
from unixnotif import kernel
from unixnotif import packet
from unixnotif import rendezvous
from unixnotif.listening import lock_file
from unixnotif.listening import reader

# A test suite may replace functions of os while it runs (nova's does).
_rename = os.rename
_stat = os.stat
_unlink = os.unlink


def _never() -> bool:
    """Return False: stand in for a socket that is not open."""
    return False


class ListeningSocket:
    """The socket of the process that owns an address.

    Ownership is a lock (flock(2)) on a file beside the socket, which the
    kernel drops when the owner dies. So the lock distinguishes a stale socket
    file from a live one without doubt.

    :param path: absolute path of the socket
    :param mode: its mode, for example 0o660
    :param gid: its numeric group, or -1 for the process's own
    :raises InUseError: another process owns it
    :raises UnavailableError: the directory is missing or refuses, or
        something that is not a socket has the name
    """

    # An interpreter that ends clears modules before objects.
    _is_finalizing = staticmethod(sys.is_finalizing)

    def __init__(self, path: str, mode: int, gid: int = -1) -> None:
        self.path = path
        parent, self._name = os.path.split(path)
        try:
            self._directory = rendezvous.Directory(parent)
        except errors.UnavailableError as e:
            raise errors.UnavailableError(f'socket {path}: {e}') from e
        self._lock = lock_file.LockFile(self._directory, f'.{self._name}.lock')
        self._bound: descriptors.FileId | None = None
        self._listener: packet.Socket | None = None
        # The publisher calls is_open() and waiting() for each notification. As
        # attributes, they save a call of a method of this class.
        # Return True if the descriptor still names this socket.
        self.is_open: Callable[[], bool] = _never
        # Return True if a connection waits; one system call.
        self.waiting: Callable[[], bool] = _never
        self._namesake: packet.Socket | None = None
        try:
            self._lock.take()
            stale = self._refuse_foreign()
            self._listener = self._bind(mode, gid, stale)
            self.is_open = self._listener.is_open
            self.waiting = kernel.Readiness(
                self._listener.fileno()
            ).is_readable
        except lock_file.HeldError as e:
            self.close()
            raise self._in_use(e.pid) from None
        except OSError as e:
            self.close()
            # An error about a hidden file in the directory has the file name.
            name = f' ({e.filename})' if e.filename else ''
            raise errors.UnavailableError(
                f'socket {path}: {e.strerror or e}{name}'
            ) from e
        except BaseException:
            self.close()
            raise

    def _in_use(self, pid: int | None) -> errors.InUseError:
        owner = f'process {pid}' if pid else 'another process'
        where = address.Address(os.path.splitext(self.path)[0])
        return errors.InUseError(
            f'socket {self.path} belongs to {owner}, which is alive; a '
            'service of several processes needs a rendezvous directory: '
            f'socket_uri = {where}',
            pid,
        )

    def _refuse_foreign(self) -> os.stat_result | None:
        """Check which file has the name now; the caller holds the lock.

        :returns: the status of a stale socket
        :raises InUseError: a program listens, and does not use our lock
        :raises UnavailableError: it is not a socket
        """
        pid = None
        found: os.stat_result | None = None
        try:
            with rendezvous.handle_of(self._directory, self._name) as (
                handle,
                found,
            ):
                foreign = reader.describe_mode(
                    self._directory, self._name, found.st_mode
                )
                if stat.S_ISDIR(found.st_mode):
                    raise errors.UnavailableError(
                        f'socket {self.path}: {foreign}'
                    )
                if foreign:
                    raise errors.UnavailableError(
                        f'socket {self.path}: {foreign}; remove it, or choose '
                        'another socket_uri'
                    )
                sock = rendezvous.connect_handle(
                    _socket.SOCK_STREAM,
                    self._directory,
                    self._name,
                    handle,
                    found,
                )
            with contextlib.closing(sock):
                pid = packet.peer(sock).pid
        except FileNotFoundError:
            return None
        except ConnectionRefusedError:
            return found
        except OSError as e:
            # EAGAIN is a full backlog and EPROTOTYPE another kind of socket:
            # both are alive.
            if e.errno not in (errno.EAGAIN, errno.EPROTOTYPE):
                raise
        raise self._in_use(pid)

    def _bind(
        self, mode: int, gid: int, stale: os.stat_result | None
    ) -> packet.Socket:
        fd = self._directory.fd
        hidden = f'.{self._name}.{secrets.token_hex(8)}'
        path = self._directory.socket_path(hidden)
        listener = packet.new_socket(_socket.SOCK_STREAM)
        try:
            packet.refuse_descriptors(listener)
            # No permission for the first group, until the socket has its final
            # group.
            rendezvous.limit_access(
                listener, mode if gid == -1 else mode & stat.S_IRWXU
            )
            listener.bind(path)
            bound = rendezvous.set_access(self._directory, hidden, mode, gid)
            listener.listen(_socket.SOMAXCONN)
            self._remove_stale(stale)
            self._namesake = packet.bind_namesake(
                _socket.SOCK_STREAM, self._directory.socket_path(self._name)
            )
            # The path may lead to another directory by now.
            _stat(self._name, dir_fd=fd, follow_symlinks=False)
            _rename(hidden, self._name, src_dir_fd=fd, dst_dir_fd=fd)
        except BaseException:
            listener.close()
            with contextlib.suppress(OSError):
                _unlink(path)
            names = [hidden, self._name] if self._namesake else [hidden]
            for name in names:
                with contextlib.suppress(OSError):
                    _unlink(name, dir_fd=fd)
            raise
        self._bound = bound
        return listener

    def _remove_stale(self, stale: os.stat_result | None) -> None:
        """Remove a stale socket, if it still exists.

        A file system may give the number of its inode to another file.
        """
        if stale is None:
            return
        fd = self._directory.fd
        with contextlib.suppress(FileNotFoundError):
            found = _stat(self._name, dir_fd=fd, follow_symlinks=False)
            if (
                os.path.samestat(found, stale)
                and found.st_ctime_ns == stale.st_ctime_ns
            ):
                _unlink(self._name, dir_fd=fd)

    def is_current(self) -> bool:
        """Return True if the path still names this socket, and it is open."""
        return (
            self._bound is not None
            and self.is_open()
            and not rendezvous.names_other(self.path, self._bound)
        )

    def stop(self) -> None:
        """Accept only connections that wait now."""
        if self._listener is not None:
            packet.stop_receiving(self._listener)

    def retire(self) -> None:
        """Release the address; waiting connections can be accepted.

        Retiring twice is allowed.
        """
        if self.is_open():
            self.stop()
        self.unlink()
        self._release()
        # Another socket may get the number of the inode.
        self._bound = None

    def accept(self) -> packet.Socket | None:
        """Return the next new reader, or None."""
        listener = self._listener
        if listener is None or not (self.waiting() and listener.is_open()):
            return None
        try:
            return packet.accept(listener)
        except OSError:
            # Nobody waits, or no descriptor is left; then the reader stays in
            # the backlog.
            return None

    def unlink(self) -> None:
        """Remove the socket and its lock file, and continue to listen."""
        rendezvous.remove_own(self._directory, self._name, self._bound)
        self._lock.remove()

    def close(self) -> None:
        """Remove the socket and release the address."""
        self.unlink()
        self.abandon()

    def abandon(self) -> None:
        """Only close the descriptors, as a forked child must."""
        self.waiting = _never
        if self._listener is not None:
            self.is_open = _never
            self._listener.close()
            self._listener = None
        self._release()
        self._directory.close()

    def _release(self) -> None:
        if self._namesake is not None:
            self._namesake.close()
            self._namesake = None
        self._lock.close()

    def __del__(self) -> None:
        # A signal handler may raise before anybody holds the new object; a
        # lock that stays would keep this process from its own address.
        if hasattr(self, '_namesake'):
            try:
                self.abandon()
            except Exception:
                # The kernel closes the descriptors.
                if not self._is_finalizing():
                    raise
