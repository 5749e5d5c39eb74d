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

"""System calls before and during each notification.

Rule: the functions of ``os`` and the methods of sockets release the GIL
around a system call. Beside a thread that computes, a thread that released
the GIL waits a switch interval (5 ms, ``sys.setswitchinterval``) to get it
again. So these calls keep the GIL, which is correct only because none of them
waits. Where that is impossible, the functions of Python do the same work.
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
