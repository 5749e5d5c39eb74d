# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""System calls before and during each notification.

Rule: the functions of ``os`` and the methods of sockets release the GIL
around a system call. While another thread computes, a thread that released
the GIL waits a switch interval (5 ms, ``sys.setswitchinterval``) to get it
again. So these calls keep the GIL, which is correct only because none of them
waits. If the C library cannot be called, functions of Python do the same work.
"""

from unixnotif.kernel.status import Stamp
from unixnotif.kernel.status import Status

try:
    from unixnotif.kernel import held as _calls
except ImportError:
    # Python without libffi, or another C library than expected.
    from unixnotif.kernel import released as _calls  # type: ignore[no-redef]

Readiness = _calls.Readiness
Watch = _calls.Watch
fstat = _calls.fstat
send = _calls.send
stat = _calls.stat
unread = _calls.unread

__all__ = [
    'Readiness',
    'Stamp',
    'Status',
    'Watch',
    'fstat',
    'send',
    'stat',
    'unread',
]
