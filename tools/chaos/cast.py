# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The kinds of processes in a campaign, and their addresses.

Rule: constants; every campaign has the same processes.
"""

import dataclasses
from typing import Literal

#: Names of the three addresses.
DIRECTORY = 'directory'
LINK = 'link'
SOCKET = 'socket'

#: Call in which a consumer waits: ``receive(timeout)``, poll(2) on
#: ``fileno()``, or an event loop.
Style = Literal['blocking', 'polling', 'asyncio']


@dataclasses.dataclass(frozen=True, slots=True)
class ConsumerKind:
    """Consumers of one kind at one address.

    :param name: name of the kind
    :param place: name of the address
    :param style: call in which it waits
    :param members: number of processes; several processes share a group
    :param stalls: True if it stalls between reads
    :param forks: True if it forks children on request
    :param leaves: True if a process may leave with ``drain()``
    :param dies: True if a process may end by SIGKILL
    """

    name: str
    place: str
    style: Style = 'blocking'
    members: int = 1
    stalls: bool = False
    forks: bool = False
    leaves: bool = False
    dies: bool = False

    @property
    def group(self) -> str | None:
        """Name of the group, or None."""
        return self.name if self.members > 1 else None


@dataclasses.dataclass(frozen=True, slots=True)
class EmitterKind:
    """An emitting process.

    :param name: name of the kind
    :param place: name of the address
    :param share: part of the notifications of a round, in percent
    :param send_buffer_size: in bytes; None is the default of the library
    :param threads: number of emitting threads
    :param forks: maximum number of workers that it forks in a round
    :param reopens: True if it closes its publisher and opens a new one
    """

    name: str
    place: str
    share: int
    send_buffer_size: int | None = None
    threads: int = 1
    forks: int = 0
    reopens: bool = False


# Bytes. A few dozen small notifications fill a cramped buffer.
_CRAMPED = 32 * 1024
_SMALL = 128 * 1024

CONSUMERS = (
    ConsumerKind('steady', DIRECTORY),
    ConsumerKind('slow', DIRECTORY, stalls=True),
    ConsumerKind('forking', DIRECTORY, style='polling', forks=True),
    ConsumerKind('leaving', DIRECTORY, leaves=True),
    ConsumerKind('killed', DIRECTORY, dies=True),
    ConsumerKind('polling', LINK, style='polling'),
    ConsumerKind('asyncio', LINK, style='asyncio'),
    ConsumerKind('group', LINK, members=3, leaves=True),
    ConsumerKind('slow', LINK, style='polling', stalls=True),
    ConsumerKind('killed', LINK, style='polling', dies=True),
    ConsumerKind('steady', SOCKET),
    ConsumerKind('asyncio', SOCKET, style='asyncio'),
    ConsumerKind('slow', SOCKET, stalls=True),
    ConsumerKind('leaving', SOCKET, style='polling', leaves=True),
    ConsumerKind('killed', SOCKET, dies=True),
)

EMITTERS = (
    EmitterKind('steady', DIRECTORY, 12),
    EmitterKind('cramped', DIRECTORY, 8, send_buffer_size=_CRAMPED),
    EmitterKind('threaded', DIRECTORY, 12, threads=3),
    EmitterKind('forking', DIRECTORY, 12, forks=4),
    EmitterKind('steady', LINK, 16),
    EmitterKind('reopening', LINK, 12, reopens=True),
    EmitterKind('forking', LINK, 8, send_buffer_size=_CRAMPED, forks=4),
    EmitterKind('owner', SOCKET, 20, send_buffer_size=_SMALL, forks=2),
)

#: Send buffers of short-lived emitters, in bytes. A full buffer of the first
#: size is frequent.
BRIEF_BUFFERS = (4096, 1024 * 1024)
