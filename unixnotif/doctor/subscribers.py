# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Subscribers of a rendezvous directory, and the owner of a socket.

Rule: a member of the group chooses names and their number. A look is
bounded, opens only sockets, and connects without waiting.
"""

import _socket
import collections
import contextlib
import dataclasses
import enum
import os
from typing import Final

from unixnotif import packet
from unixnotif import rendezvous
from unixnotif import shares
from unixnotif.doctor import nodes

#: Sockets that a look connects to.
MOST: Final = 2048
#: Steps of a look, of at most 4096 names each.
_MOST_STEPS: Final = 512


class State(enum.StrEnum):
    """Result of an attempt to connect."""

    ALIVE = 'alive'
    DEAD = 'dead'
    FULL = 'backlog full'
    DENIED = 'denied'
    UNUSABLE = 'unusable'


@dataclasses.dataclass(frozen=True, slots=True)
class Subscriber:
    """A socket in a rendezvous directory.

    :param node: its file
    :param group: name of its group of consumers, or empty
    :param pid: process that listens; 0 if it is unknown
    :param reason: text of the error
    """

    node: nodes.Node
    state: State
    group: str = ''
    pid: int = 0
    reason: str = ''

    @property
    def name(self) -> str:
        """File name."""
        return os.path.basename(self.node.path)


@dataclasses.dataclass(frozen=True, slots=True)
class Look:
    """Result of a look at a directory.

    :param found: the sockets that were tried
    :param untried: number of further sockets
    :param incomplete: True if the directory has too many names
    """

    found: tuple[Subscriber, ...] = ()
    untried: int = 0
    incomplete: bool = False

    def alive(self) -> list[Subscriber]:
        """Return those that listen."""
        living = (State.ALIVE, State.FULL)
        return [each for each in self.found if each.state in living]

    def users(self) -> dict[int, int]:
        """Return the number of listening subscribers, by user id."""
        return dict(
            collections.Counter(each.node.uid for each in self.alive())
        )


def look(path: str, max_subscribers: int) -> Look:
    """Connect to every socket of a directory once.

    :raises UnavailableError: the directory cannot be listed
    :raises OSError: it cannot be listed any more
    """
    directory = rendezvous.Directory(path, listable=True)
    share = shares.Shares(max_subscribers).share
    scanner = rendezvous.Scanner(
        directory, max(rendezvous.MOST_OF_USER, 2 * share)
    )
    try:
        for _ in range(_MOST_STEPS):
            scan = scanner.scan(tuple)
            if scan is not None:
                break
        else:
            return Look(incomplete=True)
        names = scan.names
        found = [_try(directory, name) for name in names[:MOST]]
        return Look(
            tuple(each for each in found if each is not None),
            max(0, len(names) - MOST),
        )
    finally:
        scanner.close()


def _try(
    directory: rendezvous.Directory, name: rendezvous.Name
) -> Subscriber | None:
    """Connect to a socket; None if it is gone."""
    try:
        status = os.stat(name.text, dir_fd=directory.fd, follow_symlinks=False)
        node = nodes.of_status(f'{directory.path}/{name.text}', status)
    except OSError:
        return None
    group = name.group or ''
    try:
        sock, _ = rendezvous.connect(directory, name.text)
    except FileNotFoundError:
        return None
    except ConnectionRefusedError as e:
        return Subscriber(node, State.DEAD, group, reason=str(e.strerror))
    except BlockingIOError as e:
        return Subscriber(node, State.FULL, group, reason=str(e.strerror))
    except PermissionError as e:
        return Subscriber(node, State.DENIED, group, reason=str(e.strerror))
    except OSError as e:
        return Subscriber(node, State.UNUSABLE, group, reason=str(e.strerror))
    with contextlib.closing(sock):
        return Subscriber(node, State.ALIVE, group, packet.peer(sock).pid)


@dataclasses.dataclass(frozen=True, slots=True)
class Owner:
    """The process that listens on a socket.

    :param pid: 0 if it is unknown
    :param reason: text of the error
    """

    state: State
    pid: int = 0
    uid: int = -1
    reason: str = ''


def owner(path: str) -> Owner:
    """Connect to the owner of a ``unix://`` address.

    :raises UnavailableError: the directory of the socket cannot be opened
    """
    parent, name = os.path.split(path)
    with rendezvous.Directory(parent) as directory:
        try:
            with rendezvous.handle_of(directory, name) as (handle, status):
                sock = rendezvous.connect_handle(
                    _socket.SOCK_STREAM, directory, name, handle, status
                )
        except FileNotFoundError as e:
            return Owner(State.DEAD, reason=str(e.strerror))
        except ConnectionRefusedError as e:
            return Owner(State.DEAD, reason=str(e.strerror))
        except BlockingIOError as e:
            return Owner(State.FULL, reason=str(e.strerror))
        except PermissionError as e:
            return Owner(State.DENIED, reason=str(e.strerror))
        except OSError as e:
            return Owner(State.UNUSABLE, reason=str(e.strerror))
        with contextlib.closing(sock):
            peer = packet.peer(sock)
            return Owner(State.ALIVE, peer.pid, peer.uid)
