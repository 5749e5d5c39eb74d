# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The bytes that are copied for one document."""

import os
import socket

from unixnotif import packet
from unixnotif import shares
from unixnotif.packet import copies
from unixnotif.tests import base

#: The user id that stands for this process, and ids of other users.
OWN = 1000
OTHERS = (2001, 2002, 2003, 2004, 2005)


class CopiesTest(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.patch(shares, '_geteuid', lambda: OWN)
        self.patch(copies, 'MOST_COPIED', 400)
        self.copies = copies.Copies()

    def take(self, uid: int, document: object, size: int) -> int:
        """Take copies; return their number, of 1,000 at most."""
        return sum(self.copies.take(uid, document, size) for _ in range(1000))

    def test_share(self) -> None:
        """A user may have whole copies up to a quarter of the budget."""
        document = object()
        self.assertEqual(10, self.take(OTHERS[0], document, 10))
        self.assertEqual(3, self.take(OTHERS[1], document, 30))

    def test_next_document(self) -> None:
        """Each document has a budget of its own."""
        for _ in range(3):
            self.assertEqual(10, self.take(OTHERS[0], object(), 10))

    def test_all_users(self) -> None:
        """All users together have a budget, and each has one copy."""
        document = object()
        self.assertEqual(
            [10, 10, 10, 10, 1],
            [self.take(uid, document, 10) for uid in OTHERS],
        )

    def test_larger_than_the_share(self) -> None:
        """A user has one copy of any size."""
        self.assertEqual(1, self.take(OTHERS[0], object(), 1000))

    def test_exempt(self) -> None:
        """Root and the user of this process have no limit, and use none."""
        document = object()
        for uid in OWN, 0:
            self.assertEqual(1000, self.take(uid, document, 10))
        self.assertEqual(10, self.take(OTHERS[0], document, 10))


class WritersTest(base.TestCase):
    """Writers that share the budget of a publisher."""

    def setUp(self) -> None:
        super().setUp()
        self.patch(shares, '_geteuid', lambda: OWN)
        self.patch(copies, 'MOST_COPIED', 4 * 100_000)
        self.memfds = packet.Memfds()

    def pair(self, kind: int) -> tuple[packet.Socket, socket.socket]:
        near, far = socket.socketpair(socket.AF_UNIX, kind)
        sock = packet.Socket(fileno=near.detach())
        for each in sock, far:
            each.setblocking(False)
            self.addCleanup(each.close)
        packet.set_send_buffer(sock, packet.SEND_BUFFER_SIZE)
        return sock, far

    def write(
        self, writers: list[packet.Writer], size: int
    ) -> tuple[list[str], int]:
        """Write a document; return the outcomes, and the bytes copied."""
        outgoing = packet.Outgoing(bytes(size))
        outcomes = [each.write(outgoing).value for each in writers]
        outgoing.close()
        return outcomes, sum(outgoing.sent)

    def test_lines(self) -> None:
        """A long line over the share of a user is dropped, and not copied."""
        socks = [self.pair(socket.SOCK_STREAM)[0] for _ in range(6)]
        writers: list[packet.Writer] = [
            packet.LineWriter(sock, self.memfds, uid)
            for sock, uid in zip(socks, [2001] * 4 + [OWN] * 2, strict=True)
        ]
        for _ in range(2):
            self.assertEqual(
                (
                    ['delivered'] * 2
                    + ['buffer_full'] * 2
                    + ['delivered'] * 2,
                    4 * 40_001,
                ),
                self.write(writers, 40_000),
            )
        # Short lines do not count.
        self.assertEqual(
            (['delivered'] * 6, 6 * 1001), self.write(writers, 1000)
        )

    def test_records(self) -> None:
        """A long record over the share of a user travels as a memfd."""
        pairs = [self.pair(socket.SOCK_SEQPACKET) for _ in range(4)]
        writers: list[packet.Writer] = [
            packet.PacketWriter(sock, self.memfds, 2001) for sock, _ in pairs
        ]
        outcomes, copied = self.write(writers, 40_000)

        self.assertEqual(['delivered'] * 4, outcomes)
        self.assertLess(copied, 100_000)
        sizes = []
        for _, far in pairs:
            data, fds, _, _ = socket.recv_fds(far, 65536, 1)
            sizes.append(os.fstat(fds[0]).st_size if fds else len(data))
            for fd in fds:
                os.close(fd)
        self.assertEqual([40_000] * 4, sizes)
