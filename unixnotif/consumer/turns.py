# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Turns: which connection of a user the consumer reads first.

Rule: each round begins with the processes that follow the last one of the
round before. The connections of one process keep their order.
"""

import itertools

from unixnotif import packet

Reader = packet.PacketReader | packet.LineReader
#: A reader: its age (the sorting key), the reader itself, and the ids of the
#: process and of the user at the other end.
Entry = tuple[int, Reader, int, int]


class Turns:
    """The connection at which the next round of each user begins."""

    def __init__(self) -> None:
        # By user, for a round that had no time for all processes: the last
        # process of the round, as the age of its oldest connection.
        self._last: dict[int, int] = {}

    def end(self, uid: int, ready: list[Entry], pid: int) -> None:
        """Remember the last process of a round that had no time for all.

        :param ready: the user's connections
        """
        # The oldest connection stands for the process.
        self._last[uid] = next(each[0] for each in ready if each[2] == pid)

    def rotate(self, uid: int, ready: list[Entry]) -> list[Entry]:
        """Return the connections of a user in the order of this round.

        :param ready: by age
        """
        last = self._last.pop(uid, None)
        if last is None:
            return ready
        by_process: dict[int, list[Entry]] = {}
        for each in ready:
            by_process.setdefault(each[2], []).append(each)
        processes = list(by_process.values())
        processes.sort(key=lambda process: process[0][0] <= last)
        return list(itertools.chain.from_iterable(processes))
