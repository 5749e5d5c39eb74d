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

"""Where a publisher's subscribers come from, for each kind of address.

Rule: a source keeps the map of subscribers true to the filesystem or to the
connections made, and knows nothing of documents.
"""

import grp
import random
import time
from typing import Final
from typing import Protocol

from unixnotif import address
from unixnotif import errors
from unixnotif import listening
from unixnotif import packet
from unixnotif import rendezvous
from unixnotif.publisher import subscribers

#: Seconds between two looks whether our listening socket is still there.
CHECK_INTERVAL: Final = 1.0

Subscribers = dict[str, subscribers.Subscriber]


class Source(Protocol):
    """Tells a publisher who subscribes."""

    def changed(self) -> bool:
        """Whether :meth:`update` must be called; one system call."""

    def update(self, known: Subscribers, room: int) -> int:
        """Bring the map up to date, with at most ``room`` subscribers.

        :returns: how many found no room
        :raises UnavailableError: the address is gone; make another source
        """

    def close(self) -> None:
        """Let the address go."""

    def abandon(self) -> None:
        """Close descriptors and nothing else, as a forked child must."""


def numeric_group(group: str | None) -> int:
    """The gid of a group given by name or number; -1 for None.

    :raises UnavailableError: there is no such group
    """
    if not group:
        return -1
    if group.isdecimal():
        return int(group)
    try:
        return grp.getgrnam(group).gr_gid
    except KeyError:
        raise errors.UnavailableError(
            f'there is no group {group!r} on this host (socket_group)'
        ) from None


def open_source(
    where: address.Address,
    mode: int,
    group: str | None,
    send_buffer_size: int,
) -> Source:
    """The source for an address.

    :raises UnavailableError: it cannot be used now
    """
    gid = numeric_group(group)
    if where.is_directory:
        return DirectorySource(where.path, mode, gid, send_buffer_size)
    return ListeningSource(where.path, mode, gid, send_buffer_size)


class DirectorySource:
    """Subscribers are sockets in a rendezvous directory."""

    def __init__(
        self, path: str, mode: int, gid: int, send_buffer_size: int
    ) -> None:
        rendezvous.make(path, mode, gid)
        directory = rendezvous.Directory(path, listable=True)
        self._scanner = rendezvous.Scanner(directory)
        self._send_buffer_size = send_buffer_size
        self.changed = self._scanner.changed

    def update(self, known: Subscribers, room: int) -> int:
        """See :class:`Source`."""
        names = self._scanner.scan()
        if names is None:
            raise errors.UnavailableError('the directory was removed')
        groups: dict[str, dict[str, rendezvous.Name]] = {}
        for name in names:
            # A file name has no slash: the two kinds of key never clash.
            key = f'{name.group}/' if name.group else name.text
            groups.setdefault(key, {})[name.text] = name
        for key in known.keys() - groups.keys():
            known.pop(key).close()
        refused = 0
        for key, found in groups.items():
            subscriber = known.get(key)
            if subscriber is None:
                if len(known) >= room:
                    refused += 1
                    continue
                # At random, so that many short-lived emitters do not all
                # begin with the same member.
                turn = random.randrange(len(found))  # noqa: S311
                subscriber = known[key] = subscribers.Subscriber({}, turn)
            members = subscriber.members
            for text in members.keys() - found.keys():
                members.pop(text).close()
            for text in found.keys() - members.keys():
                members[text] = subscribers.DirectoryMember(
                    self._scanner.directory, text, self._send_buffer_size
                )
        return refused

    def close(self) -> None:
        """See :class:`Source`."""
        self._scanner.close()

    abandon = close


class ListeningSource:
    """Subscribers are the readers that connected to our socket."""

    def __init__(
        self, path: str, mode: int, gid: int, send_buffer_size: int
    ) -> None:
        self._socket = listening.ListeningSocket(path, mode, gid)
        self._send_buffer_size = send_buffer_size
        self._accepted = 0
        self._check_at = time.monotonic() + CHECK_INTERVAL

    def changed(self) -> bool:
        """See :class:`Source`."""
        return self._socket.waiting() or time.monotonic() >= self._check_at

    def update(self, known: Subscribers, room: int) -> int:
        """See :class:`Source`."""
        now = time.monotonic()
        if now >= self._check_at:
            self._check_at = now + CHECK_INTERVAL
            if not self._socket.is_current():
                raise errors.UnavailableError('the socket was removed')
        refused = 0
        while (sock := self._socket.accept()) is not None:
            if len(known) >= room:
                sock.close()
                refused += 1
                continue
            packet.set_send_buffer(sock, self._send_buffer_size)
            member = subscribers.ConnectedMember(packet.LineWriter(sock))
            self._accepted += 1
            known[str(self._accepted)] = subscribers.Subscriber({'': member})
        return refused

    def close(self) -> None:
        """See :class:`Source`."""
        self._socket.close()

    def abandon(self) -> None:
        """See :class:`Source`."""
        self._socket.abandon()
