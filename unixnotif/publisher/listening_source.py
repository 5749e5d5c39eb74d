# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The source of a socket on which the publisher listens.

Rule: see :mod:`unixnotif.publisher.sources`.
"""

from collections.abc import Collection
import math
from typing import Final

from unixnotif import clock
from unixnotif import errors
from unixnotif import listening
from unixnotif import packet
from unixnotif import rendezvous
from unixnotif import shares
from unixnotif.publisher import departed
from unixnotif.publisher import members
from unixnotif.publisher import sources
from unixnotif.publisher import subscriber

# Readers accepted in one call; the next call accepts others.
_MAX_ACCEPTED: Final = 64


class ListeningSource:
    """Subscribers are the readers that connected to our socket.

    If the socket is removed, the source binds another one; connected readers
    notice nothing.
    """

    def __init__(
        self,
        path: str,
        gid: int,
        settings: sources.Settings,
        memfds: packet.Memfds,
    ) -> None:
        self._path = path
        self._gid = gid
        self._settings = settings
        self._memfds = memfds
        # Replaced sockets, in whose backlogs readers may still wait.
        self._former: list[listening.ListeningSocket] = []
        self._socket: listening.ListeningSocket | None = self._listen()
        self._look_at = clock.monotonic() + rendezvous.CHECK_INTERVAL
        self._accepted = 0
        self._accepting = False
        self.targets: sources.Targets = {}
        self.refused: sources.Refused = {}
        self.denied: sources.Denied = {}

    def _listen(self) -> listening.ListeningSocket:
        return listening.ListeningSocket(
            self._path, self._settings.mode, self._gid
        )

    def changed(self) -> bool:
        """See :class:`Source`."""
        current = self._socket
        if current is None:
            return bool(self._former) or clock.monotonic() >= self._look_at
        return (
            current.waiting()
            # After waiting(), since the publisher calls this without its
            # lock: another thread may have accepted a reader and not
            # entered it yet.
            or self._accepting
            or bool(self._former)
            or clock.monotonic() >= self._look_at
            or (bool(self.targets) and not current.is_open())
        )

    def is_open(self) -> bool:
        """See :class:`Source`."""
        return self._socket is None or self._socket.is_open()

    def is_lost(self) -> bool:
        """See :class:`Source`; True only if other code closed the socket."""
        return not self.is_open()

    def update(self, left: departed.Departed) -> bool:
        """See :class:`Source`."""
        now = clock.monotonic()
        self.refused = {}
        try:
            if now >= self._look_at:
                self._look_at = now + rendezvous.CHECK_INTERVAL
                self._keep_listening()
        except (errors.UnavailableError, OSError):
            # No socket can be bound. Readers that connected before somebody
            # removed the file still receive this document.
            self._accept_all()
            raise
        self._accept_all()
        return True

    def _accept_all(self) -> None:
        if self._socket in self._former:
            # An exception interrupted _keep_listening().
            self._socket = None
        while self._former and not self._accept(self._former[0]):
            # abandon() does not remove the name: another file with the same
            # inode number may have it by now.
            self._former.pop(0).abandon()
        if self._socket is not None:
            self._accept(self._socket)

    def _keep_listening(self) -> None:
        current = self._socket
        if current is not None:
            if current.is_current():
                return
            # Somebody removed it, perhaps after readers had connected.
            current.retire()
            self._former.append(current)
            self._socket = None
        self._socket = self._listen()

    def _accept(self, listener: listening.ListeningSocket) -> bool:
        """Accept some connections; return True if there may be more."""
        self._accepting = True
        places: shares.Shares | None = None
        buried = False
        sock = None
        for _ in range(_MAX_ACCEPTED):
            sock = listener.accept()
            if sock is None:
                break
            # Refuse all data of the reader: with a descriptor in the queue,
            # closing the connection could block.
            packet.stop_receiving(sock)
            uid = packet.peer(sock).uid
            if places is None:
                places = self._count_places()
            if not buried and not places.room(uid):
                # Once in a call: this makes a system call for each reader.
                buried = True
                self._remove_ended()
                places = self._count_places()
            if places.take(uid):
                self._enter(sock, uid)
            else:
                sock.close()
                self.refused[uid] = self.refused.get(uid, 0) + 1
        self._accepting = False
        return sock is not None

    def _enter(self, sock: packet.Socket, uid: int) -> None:
        packet.set_send_buffer(sock, self._settings.send_buffer_size)
        member = members.ConnectedMember(
            packet.LineWriter(sock, self._memfds, uid), uid
        )
        self._accepted += 1
        self.targets[str(self._accepted)] = subscriber.Subscriber(member)

    def _count_places(self) -> shares.Shares:
        return sources.count_places(
            self.targets,
            self._settings.max_subscribers,
            self._memfds.users_of_unread(),
        )

    def _remove_ended(self) -> None:
        """Forget readers that have left; they need no place."""
        self.discard(
            [
                key
                for key, target in self.targets.items()
                if not any(each.has_peer() for each in target.all_members)
            ]
        )

    def discard(self, keys: Collection[str]) -> None:
        """See :class:`Source`."""
        for key in keys:
            self.targets.pop(key).close()

    def leave(self) -> None:
        """See :class:`Source`."""
        if self._socket is not None:
            self._socket.unlink()
        self._look_at = math.inf

    def close(self) -> None:
        """See :class:`Source`."""
        for each in self._former:
            each.abandon()
        if self._socket is not None:
            self._socket.close()

    def abandon(self) -> None:
        """See :class:`Source`."""
        for each in self._former:
            each.abandon()
        if self._socket is not None:
            self._socket.abandon()
