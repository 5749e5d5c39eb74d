# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""One document on its way to any number of subscribers."""

from collections.abc import Hashable
import fcntl
import os
from typing import Final

#: Seals that keep processes from changing a memfd while it is read.
SEALS: Final = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE


class Outgoing:
    """One encoded document on its way to any number of subscribers.

    Each other form (a copy with a newline, a memfd) is created at most once,
    for the first subscriber that needs it.

    :param data: the document, UTF-8 without a newline
    :param kind: the members of a group take turns for each kind

    :ivar sent: has one entry for each time the kernel took the document; see
        :func:`unixnotif.kernel.send`
    """

    __slots__ = ('_line', '_memfd', '_serial', 'data', 'kind', 'sent')

    def __init__(self, data: bytes, kind: Hashable = None) -> None:
        self.data = data
        self.kind = kind
        self.sent: list[int] = []
        self._serial: object = None
        self._line: bytes | None = None
        self._memfd: int | None = None

    @property
    def serial(self) -> object:
        """An object that identifies the document among others."""
        if self._serial is None:
            self._serial = object()
        return self._serial

    @property
    def line(self) -> bytes:
        """The document as a JSON line."""
        if self._line is None:
            self._line = self.data + b'\n'
        return self._line

    @property
    def memfd(self) -> int:
        """A sealed memfd with the document (memfd_create(2), fcntl(2)).

        All receivers share it; the seals keep any of them from changing
        what the others read.

        :raises OSError: this process has no descriptor or memory left
        """
        if self._memfd is None:
            fd = os.memfd_create(
                'unixnotif', os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING
            )
            try:
                rest = memoryview(self.data)
                while rest:
                    rest = rest[os.write(fd, rest) :]
                fcntl.fcntl(fd, fcntl.F_ADD_SEALS, SEALS | fcntl.F_SEAL_SEAL)
            except BaseException:
                # Half a document is useless.
                os.close(fd)
                raise
            self._memfd = fd
        return self._memfd

    def close(self) -> None:
        """Close the memfd; subscribers keep their own reference."""
        if self._memfd is not None:
            os.close(self._memfd)
            self._memfd = None
