# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The connections of a consumer: one epoll, and its readers.

Rule: the consumer reads the documents of one process in the order in which the
process sent them, also when the process connects again. So the consumer reads
a connection only while older connections of the same process hold nothing
unread. The consumer reads a new connection from the next round on: by then,
all documents that the process sent before are there.

A round is bounded, whatever peers send, and each user gets the same part of
it. The next round begins where this one ended.
"""

import collections
from collections.abc import Collection
import contextlib
from typing import Final

from unixnotif import closer
from unixnotif import errors
from unixnotif import packet
from unixnotif import polling
from unixnotif.consumer import batch
from unixnotif.consumer import limits
from unixnotif.consumer import turns

#: Documents read from one connection before the next has its turn.
BATCH: Final = 64
#: Work after which a round ends, in bytes: that of 1024 small documents. The
#: last document of a round may exceed it.
ROUND: Final = 4 * 1024 * 1024

Reader = turns.Reader


class Connections:
    """The connections and listening sockets that a consumer waits for.

    A connection over the share of its user is *stopped*: it ends when what it
    brought has been read, or when the user has too many stopped connections.
    A connection of a user that must not be read now is *paused*, or discarded
    if it is over the share.

    :param max_size: limit of a document in bytes
    :param items: receives the documents, in order
    :param where: the consumer's address, for the log

    :ivar fd: readable when something can be read or accepted
    :ivar work: work of the last :meth:`read`
    :ivar ended: number of connections that have ended
    """

    def __init__(
        self,
        max_size: int,
        items: collections.deque[batch.Item],
        where: str = '',
    ) -> None:
        self._poller = polling.Poller()
        self.fd: int = self._poller.fd
        self.work = 0
        self.ended = 0
        self._items = items
        self._max_size = max_size
        self._buffer = bytearray(packet.MAX_PACKET)
        self._places = limits.Places(where)
        # By descriptor.
        self._readers: dict[int, turns.Entry] = {}
        self._listeners: set[int] = set()
        self._accepted = 0
        # Descriptors of those in a special state.
        self._stopped: set[int] = set()
        self._paused: set[int] = set()
        self._buffered: set[int] = set()
        # True after stop(): no emitter can send any more, and no connection is
        # paused.
        self._is_ending = False
        self._turns = turns.Turns()

    def __len__(self) -> int:
        return len(self._readers)

    def __contains__(self, reader: object) -> bool:
        if not isinstance(reader, Reader):
            return False
        entry = self._readers.get(reader.fileno())
        return entry is not None and entry[1] is reader

    @property
    def is_full(self) -> bool:
        """True if further connections must wait for accept()."""
        return (
            self._places.is_full or closer.pending() > self._places.limit // 2
        )

    def is_open(self) -> bool:
        """Return False if other code closed the epoll."""
        try:
            self._poller.any_ready()
        except (OSError, ValueError):
            return False
        return True

    def add(self, sock: packet.Socket, kind: type[Reader]) -> Reader:
        """Take a connection, and close it when it has ended.

        If the user has no place left, this call stops the connection, and
        later rounds read the documents that it holds.
        """
        reader = kind(sock, self._buffer, self._max_size)
        fd = reader.fileno()
        self._accepted += 1
        sender = reader.sender
        self._readers[fd] = (self._accepted, reader, sender.pid, sender.uid)
        self._poller.add(fd)
        if not self._places.take(sender.uid):
            self._stopped.add(fd)
            reader.stop()
            oldest = self._places.take_over(sender.uid, fd)
            if oldest is not None:
                self.drop_unread(self._readers[oldest][1])
        return reader

    def drop_unread(self, reader: Reader) -> None:
        """Close a connection whose user sends too much, and report it.

        The items get a PeerError.
        """
        self._items.append(
            errors.PeerError(
                'the consumer closed a connection of process '
                f'{reader.sender.pid} with unread data: user '
                f'{reader.sender.uid} sent too much, opened too many '
                'connections or sockets, or sent descriptors that take long '
                'to close'
            )
        )
        self.drop(reader)

    def reject_waiting(self, number: int) -> None:
        """Count connections that the consumer closed before it accepted them.

        :param number: number of these connections
        """
        for _ in range(number):
            self._items.append(
                errors.PeerError(
                    'the consumer closed a connection that waited at a former '
                    'socket: the address was replaced too often'
                )
            )

    def watch(self, listener: packet.Socket) -> None:
        """Report a listening socket while connections wait."""
        self._poller.add(listener.fileno())
        self._listeners.add(listener.fileno())

    def ignore(self, listener: packet.Socket) -> None:
        """Stop reporting a listening socket."""
        self._listeners.discard(listener.fileno())
        self._poller.remove(listener.fileno())

    def read(self, most: int) -> Collection[int]:
        """Read from connections that have something; one round.

        :param most: documents of one connection
        :returns: the listening sockets with waiting connections
        :raises OSError: other code closed the epoll
        """
        self.work = 0
        if self._paused and not closer.is_stuck():
            self._resume()
        waiting = []
        ready = []
        # Room for all. If two connections of one process are ready, a round
        # must see both. If several listening sockets are ready, a round must
        # see the oldest one.
        room = len(self._readers) + len(self._listeners) + 1
        for fd in self._poller.ready(room):
            entry = self._readers.get(fd)
            if entry is None:
                waiting.append(fd)
            else:
                ready.append(entry)
        if (
            len(ready) == 1
            and not self._places.suspects
            and not self._is_ending
        ):
            self.work, _ = self._read(ready[0][1], most, ROUND)
        elif ready:
            self._read_in_turn(ready, most)
        return waiting

    def _read_in_turn(self, ready: list[turns.Entry], most: int) -> None:
        # By age.
        ready.sort()
        if self._paused:
            ready = self._without_paused(ready)
        by_user: dict[int, list[turns.Entry]] = {}
        for each in ready:
            by_user.setdefault(each[3], []).append(each)
        for uid, own in by_user.items():
            before = self.work
            # Check before the read, too: the user may have new connections
            # since the last round.
            if not self._is_ending or self._places.has_rest(uid, 0):
                self._read_user(uid, own, most, ROUND // len(by_user))
            if self._is_ending and not self._places.has_rest(
                uid, self.work - before
            ):
                self._drop_rest(uid)

    def _drop_rest(self, uid: int) -> None:
        """Drop the connections of a user."""
        for _, reader, _, owner in list(self._readers.values()):
            if owner == uid:
                self.drop_unread(reader)

    def _without_paused(self, ready: list[turns.Entry]) -> list[turns.Entry]:
        """Pause the newer connections of processes that have a paused one."""
        # By process id and user: a process of another user may have the same
        # id, by reuse or from another namespace (pid_namespaces(7)).
        paused = {self._readers[fd][2:] for fd in self._paused}
        for _, reader, *process in ready:
            if tuple(process) in paused:
                self._pause(reader)
        return [each for each in ready if each[2:] not in paused]

    def _read_user(
        self, uid: int, ready: list[turns.Entry], most: int, room: int
    ) -> None:
        ready = self._turns.rotate(uid, ready)
        behind: set[int] = set()
        suspects = self._places.suspects
        for _, reader, pid, _ in ready:
            if pid in behind:
                continue
            if suspects and self._places.is_blocked(uid):
                self._pause(reader)
                continue
            work, has_more = self._read(reader, most, room)
            self.work += work
            room -= work
            if has_more:
                behind.add(pid)
            if room <= 0:
                self._turns.end(uid, ready, pid)
                break

    def _pause(self, reader: Reader) -> None:
        """Pause a connection, or discard it if no later round may read it."""
        fd = reader.fileno()
        if self._is_ending or fd in self._stopped:
            self.drop_unread(reader)
        else:
            self._poller.remove(fd)
            self._paused.add(fd)

    def _resume(self) -> None:
        for fd in self._paused:
            self._poller.add(fd)
            if fd in self._buffered:
                self._poller.always(fd, True)
        self._paused.clear()

    def _read(self, reader: Reader, most: int, room: int) -> tuple[int, bool]:
        """Read a batch; return the work, and True if there may be more."""
        work, state = batch.read(reader, self._items.append, most, room)
        if reader.is_suspect:
            self._places.suspect(reader.sender.uid)
        if state is batch.State.ENDED:
            self.drop(reader)
        elif reader.buffered or self._buffered:
            self._keep_ready(reader)
        return work, state is batch.State.MORE

    def _keep_ready(self, reader: Reader) -> None:
        """Report a reader as ready while it has documents in user space."""
        fd = reader.fileno()
        if reader.buffered == (fd in self._buffered):
            return
        self._poller.always(fd, reader.buffered)
        self._buffered ^= {fd}

    def drop(self, reader: Reader) -> None:
        """Close a connection; closing twice is allowed."""
        if reader in self:
            fd = reader.fileno()
            with contextlib.suppress(OSError):
                self._poller.remove(fd)
            del self._readers[fd]
            if fd in self._stopped:
                self._places.release_over(reader.sender.uid, fd)
            else:
                self._places.release(reader.sender.uid)
            for state in self._stopped, self._paused, self._buffered:
                state.discard(fd)
            self.ended += 1
            reader.discard()
            if reader.is_suspect:
                self._places.suspect(reader.sender.uid)

    def stop(self) -> None:
        """Stop all emitters; a connection ends after its last document.

        Later rounds read at most limits.MAX_REST bytes of each user, unless
        the user is exempt (see shares.is_exempt).
        """
        self._is_ending = True
        self._resume()
        for _, reader, _, _ in self._readers.values():
            reader.stop()

    def close(self) -> None:
        """Close all connections; a thread closes those after the first batch.

        No emitting process can send any more when this returns.
        """
        entries = list(self._readers.values())
        for _, reader, _, _ in entries[:BATCH]:
            self.drop(reader)
        self._poller.close()
        rest = [reader for _, reader, _, _ in entries[BATCH:]]
        if rest:
            for reader in rest:
                reader.stop()
            self._readers.clear()
            # Not through closer: its threads may be busy with closes that
            # block.
            try:
                polling.start_thread(_discard_all, (rest,))
            except RuntimeError:
                # The system allows no more threads.
                _discard_all(rest)

    def abandon(self) -> None:
        """Close the descriptors, and leave a shared epoll unchanged.

        A forked child has copies of the descriptors; the epoll itself is
        the parent's.
        """
        self._close_readers()
        self._poller.close()

    def forget(self) -> None:
        """Forget descriptors that other code closed."""
        self._close_readers()
        self._poller.forget()

    def _close_readers(self) -> None:
        for _, reader, _, _ in self._readers.values():
            reader.close()
        self._readers.clear()


def _discard_all(readers: list[Reader]) -> None:
    while readers:
        readers.pop().discard()
