# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The calls through the C library, with the GIL held.

Rule: ``ctypes.PyDLL`` calls a function and keeps the GIL. Importing this
module raises ImportError where a function is missing, or where the C library
has another ``struct stat`` than this module reads.
"""

import _socket
import ctypes
from itertools import starmap
import os
import struct
import termios
from typing import Final

from unixnotif.kernel import pristine
from unixnotif.kernel import released
from unixnotif.kernel.status import Stamp
from unixnotif.kernel.status import Status

_select = pristine.load('select')
_library = ctypes.PyDLL(None, use_errno=True)
try:
    # glibc has the functions fstat and stat since 2.33; musl always.
    _fstat = _library.fstat
    _stat = _library.stat
    _send = _library.send
    _poll = _library.poll
    _ioctl = _library.ioctl
except AttributeError as e:
    raise ImportError(str(e)) from e
# Without argtypes, whose conversions take a quarter of the time of a call:
# here integers are passed as int, and libffi extends them to a register.
# bytes and arrays are passed as pointers.
_send.restype = ctypes.c_ssize_t

# More than a struct stat of any architecture (144 bytes on x86-64).
_SIZE: Final = 256
# Device, inode, and seconds and nanoseconds of the last change: the same on
# all architectures of 64 bits that Python supports on Linux.
_status = struct.Struct('QQ88xqq').unpack_from
_stamp = struct.Struct('8xQ88xqq').unpack_from
_pollfd = struct.Struct('ihh')
_int = struct.Struct('i')
_SECOND: Final = 10**9

_FLAGS: Final = _socket.MSG_DONTWAIT | _socket.MSG_NOSIGNAL
# Number of sends in a row that keep the GIL; the next one releases it.
_MOST_HELD: Final = 16


def _error(*name: str) -> OSError:
    code = ctypes.get_errno()
    return OSError(code, os.strerror(code), *name)


def fstat(fd: int) -> Status:
    """See :func:`unixnotif.kernel.released.fstat`."""
    buffer = ctypes.create_string_buffer(_SIZE)
    if _fstat(fd, buffer):
        raise _error()
    return _select_fields(buffer)


def stat(path: str) -> Status:
    """See :func:`unixnotif.kernel.released.stat`."""
    buffer = ctypes.create_string_buffer(_SIZE)
    if _stat(os.fsencode(path), buffer):
        raise _error(path)
    return _select_fields(buffer)


def _select_fields(buffer: 'ctypes.Array[ctypes.c_char]') -> Status:
    dev, ino, seconds, nanoseconds = _status(buffer)
    return Status(dev, ino, seconds * _SECOND + nanoseconds)


def send(sock: _socket.socket, data: bytes, sent: list[int]) -> None:
    """See :func:`unixnotif.kernel.released.send`.

    After every 16 sends of a document that keep the GIL, one send releases
    the GIL. If a signal handler raises an exception at a failed send, the last
    entry of ``sent`` is negative.
    """
    if len(sent) % (_MOST_HELD + 1) == _MOST_HELD:
        released.send(sock, data, sent)
        return
    sent.extend(starmap(_send, ((sock.fileno(), data, len(data), _FLAGS),)))
    if sent[-1] < 0:
        code = ctypes.get_errno()
        del sent[-1]
        # Not kept in a variable: an exception that its own frame refers to
        # would keep the socket until the next garbage collection.
        raise OSError(code, os.strerror(code))


def unread(fd: int) -> int:
    """See :func:`unixnotif.kernel.released.unread`."""
    buffer = ctypes.create_string_buffer(_int.size)
    if _ioctl(fd, termios.TIOCOUTQ, buffer):
        raise _error()
    return int(_int.unpack(buffer)[0])


class Watch:
    """See :class:`unixnotif.kernel.released.Watch`.

    Threads may share it: all of them write the status of the same file.
    """

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._buffer = ctypes.create_string_buffer(_SIZE)

    def stamp(self) -> Stamp:
        """See :meth:`unixnotif.kernel.released.Watch.stamp`."""
        if _fstat(self._fd, self._buffer):
            raise _error()
        return _stamp(self._buffer)


class Readiness:
    """See :class:`unixnotif.kernel.released.Readiness`.

    Threads may share it: only the kernel's return value counts.
    """

    def __init__(self, fd: int) -> None:
        self._buffer = ctypes.create_string_buffer(
            _pollfd.pack(fd, _select.POLLIN, 0), _pollfd.size
        )

    def is_readable(self) -> bool:
        """See :meth:`unixnotif.kernel.released.Readiness.is_readable`."""
        return bool(_poll(self._buffer, 1, 0))


def check() -> None:
    """Compare with the functions of Python.

    :raises ImportError: the C library has another layout
    """
    root = '/'
    try:
        # Somebody may change it meanwhile.
        before, found, after = (
            released.stat(root),
            stat(root),
            released.stat(root),
        )
    except OSError as e:
        raise ImportError(str(e)) from e
    if found not in (before, after):
        raise ImportError('struct stat has another layout')


check()
