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

"""The listening socket of a ``unix://`` address: one owner, many readers.

Rule: a live socket is never stolen and never unlinked, not even in a race;
nobody can reach the socket before it has its final mode and group.
"""

import _socket
import contextlib
import errno
import fcntl
import os
import secrets
import stat
from typing import Final

from unixnotif import descriptors
from unixnotif import errors
from unixnotif import packet
from unixnotif import polling
from unixnotif import rendezvous

# A socket that somebody replaces meanwhile is connected to this often.
_MAX_CONNECTS: Final = 3


class ListeningSocket:
    """The socket of the process that owns an address.

    Ownership is a lock (flock(2)) on a file beside the socket, which the
    kernel drops when the owner dies; so a stale socket file is told from a
    live one without doubt.

    :param path: absolute path of the socket
    :param mode: its mode, for example 0o660
    :param gid: its numeric group, or -1 for the process's own
    :raises InUseError: another process owns it
    :raises UnavailableError: the directory is missing or refuses, or
        something that is not a socket has the name
    """

    def __init__(self, path: str, mode: int, gid: int = -1) -> None:
        self.path = path
        parent, self._name = os.path.split(path)
        try:
            self._directory = rendezvous.Directory(parent)
        except errors.UnavailableError as e:
            raise errors.UnavailableError(f'socket {path}: {e}') from e
        self._lock_name = f'.{self._name}.lock'
        self._lock = -1
        self._lock_id: descriptors.FileId | None = None
        self._bound: descriptors.FileId | None = None
        self._listener: packet.Socket | None = None
        self._namesake: packet.Socket | None = None
        self._poller: polling.Poller | None = None
        try:
            self._take_lock()
            self._refuse_foreign()
            self._listener = self._bind(mode, gid)
            self._poller = polling.Poller()
            self._poller.add(self._listener.fileno())
        except OSError as e:
            self.close()
            # Of the files in the directory, the hidden ones have a name.
            name = f' ({e.filename})' if e.filename else ''
            raise errors.UnavailableError(
                f'socket {path}: {e.strerror or e}{name}'
            ) from e
        except BaseException:
            self.close()
            raise

    def _take_lock(self) -> None:
        """Become the owner.

        :raises InUseError: another process is
        """
        fd = self._directory.fd
        while True:
            lock = os.open(
                self._lock_name,
                os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW,
                0o600,
                dir_fd=fd,
            )
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                current = os.stat(self._lock_name, dir_fd=fd)
                if os.path.samestat(os.fstat(lock), current):
                    self._lock = lock
                    self._lock_id = descriptors.file_id(lock)
                    # For the message of another process; the file system
                    # may be full.
                    with contextlib.suppress(OSError):
                        os.ftruncate(lock, 0)
                        os.pwrite(lock, b'%d\n' % os.getpid(), 0)
                    return
                # The owner removed it between our open and our lock.
            except FileNotFoundError:
                pass
            except BlockingIOError:
                pid = _read_pid(lock)
                os.close(lock)
                raise self._in_use(pid) from None
            except BaseException:
                if self._lock_id is None:
                    os.close(lock)
                raise
            os.close(lock)

    def _in_use(self, pid: int | None) -> errors.InUseError:
        owner = f'process {pid}' if pid else 'another process'
        return errors.InUseError(
            f'socket {self.path} belongs to {owner}, which is alive; a '
            'service of several processes needs a rendezvous directory: '
            f'socket_uri = unix+dir://{os.path.splitext(self.path)[0]}',
            pid,
        )

    def _connect(self) -> packet.Socket:
        path = self._directory.socket_path(self._name)
        return packet.connect(_socket.SOCK_STREAM, path)

    def _refuse_foreign(self) -> None:
        """Check what has the name now; we hold the lock.

        :raises InUseError: a living program that does not use our lock
        :raises UnavailableError: it is not a socket
        """
        foreign = _foreign(self._directory, self._name, follow=False)
        if foreign:
            raise errors.UnavailableError(
                f'socket {self.path}: {foreign}; remove it, or choose '
                'another socket_uri'
            )
        pid = None
        try:
            with contextlib.closing(self._connect()) as sock:
                pid = packet.peer(sock).pid
        except (FileNotFoundError, ConnectionRefusedError):
            return  # nothing there, or its process is gone
        except OSError as e:
            # EAGAIN is a full backlog and EPROTOTYPE another kind of socket:
            # both are alive.
            if e.errno not in (errno.EAGAIN, errno.EPROTOTYPE):
                raise
        raise self._in_use(pid)

    def _bind(self, mode: int, gid: int) -> packet.Socket:
        fd = self._directory.fd
        hidden = f'.{self._name}.{secrets.token_hex(8)}'
        listener = packet.new_socket(_socket.SOCK_STREAM)
        try:
            listener.bind(self._directory.socket_path(hidden))
            if gid != -1:
                os.chown(hidden, -1, gid, dir_fd=fd)
            os.chmod(hidden, mode, dir_fd=fd)
            listener.listen(_socket.SOMAXCONN)
            found = os.stat(hidden, dir_fd=fd, follow_symlinks=False)
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self._name, dir_fd=fd)
            self._namesake = packet.bind_namesake(
                _socket.SOCK_STREAM, self._directory.socket_path(self._name)
            )
            os.rename(hidden, self._name, src_dir_fd=fd, dst_dir_fd=fd)
        except BaseException:
            listener.close()
            names = [hidden, self._name] if self._namesake else [hidden]
            for name in names:
                with contextlib.suppress(OSError):
                    os.unlink(name, dir_fd=fd)
            raise
        self._bound = found.st_dev, found.st_ino
        return listener

    def waiting(self) -> bool:
        """Return True if somebody has connected; one system call."""
        try:
            return self._poller is not None and self._poller.any_ready()
        except (OSError, ValueError):
            # Closed behind our back; is_current() tells.
            return False

    def is_open(self) -> bool:
        """Return True if the descriptor still names this socket."""
        return self._listener is not None and self._listener.is_open()

    def is_current(self) -> bool:
        """Return True if the path still names this socket, and it is open."""
        return (
            self._bound is not None
            and self.is_open()
            and not rendezvous.names_other(self.path, self._bound)
        )

    def stop(self) -> None:
        """Accept only those who have connected by now."""
        if self._listener is not None:
            packet.stop_receiving(self._listener)

    def accept(self) -> packet.Socket | None:
        """Return the next new reader, or None."""
        if self._listener is None or not self._listener.is_open():
            return None
        try:
            return packet.accept(self._listener)
        except OSError:
            # Nobody waits, or no descriptor is left; then it stays in the
            # backlog.
            return None

    def unlink(self) -> None:
        """Remove the socket and its lock file, and go on listening."""
        self._remove(self._name, self._bound)
        # If somebody removed it, there may be another's by now.
        self._remove(self._lock_name, self._lock_id)

    def _remove(self, name: str, owned: descriptors.FileId | None) -> None:
        fd = self._directory.fd
        with contextlib.suppress(OSError):
            found = os.stat(name, dir_fd=fd, follow_symlinks=False)
            if (found.st_dev, found.st_ino) == owned:
                os.unlink(name, dir_fd=fd)

    def close(self) -> None:
        """Remove the socket and let the address go."""
        self.unlink()
        self.abandon()

    def abandon(self) -> None:
        """Close the descriptors only, as a forked child must."""
        if self._poller is not None:
            if self.is_open():
                self._poller.close()
            else:
                self._poller.forget()
            self._poller = None
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        if self._namesake is not None:
            self._namesake.close()
            self._namesake = None
        if self._lock_id is not None:
            descriptors.close(self._lock, self._lock_id)
            self._lock_id = None
        self._directory.close()

    def __del__(self) -> None:
        # A signal handler may raise before anybody holds the new object; a
        # lock that stays would keep this process from its own address.
        if hasattr(self, '_poller'):
            self.abandon()


def connect(path: str) -> tuple[packet.Socket, descriptors.FileId]:
    """Connect to the owner of an address, as a reader.

    :returns: the connection, and which file the path named
    :raises MissingError: nobody listens there
    :raises UnavailableError: the filesystem refuses
    """
    parent, name = os.path.split(path)
    with rendezvous.Directory(parent) as directory:
        for _ in range(_MAX_CONNECTS):
            try:
                found = os.stat(name, dir_fd=directory.fd)
                sock = packet.connect(
                    _socket.SOCK_STREAM, directory.socket_path(name)
                )
            except OSError as e:
                raise _unavailable(path, directory, name, e) from e
            connected = found.st_dev, found.st_ino
            if not rendezvous.names_other(path, connected):
                return sock, connected
            # Somebody replaced the socket between the two calls.
            sock.close()
    raise errors.MissingError(f'socket {path}: it is replaced all the time')


def _unavailable(
    path: str, directory: rendezvous.Directory, name: str, e: OSError
) -> errors.UnavailableError:
    """Return what a failed connect means to its user."""
    foreign = _foreign(directory, name)
    if foreign:
        why = foreign
    elif isinstance(e, (FileNotFoundError, ConnectionRefusedError)):
        return errors.MissingError(
            f'socket {path}: no driver listens there (yet)'
        )
    elif isinstance(e, BlockingIOError):
        why = 'too many readers wait to be accepted'
    else:
        why = e.strerror or str(e)
    return errors.UnavailableError(f'socket {path}: {why}')


def _read_pid(lock: int) -> int | None:
    """Return the pid that the owner of a lock file wrote into it."""
    text = os.pread(lock, 20, 0).strip()
    return int(text) if text.isdigit() else None


def _foreign(
    directory: rendezvous.Directory, name: str, follow: bool = True
) -> str:
    """What has a socket's name, when that will never listen."""
    fd = directory.fd
    try:
        mode = os.stat(name, dir_fd=fd, follow_symlinks=follow).st_mode
    except OSError:
        return ''
    if stat.S_ISSOCK(mode):
        return ''
    if stat.S_ISDIR(mode):
        return f'this is a directory; use unix+dir://{directory.path}/{name}'
    return 'a file that is not a socket has this name'
