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

"""Limits of the kernel that decide how much a subscriber can miss.

Rule: a limit that cannot be read is 0.
"""

from typing import Final

_WMEM_MAX: Final = '/proc/sys/net/core/wmem_max'


def largest_send_buffer() -> int:
    """Return the sysctl net.core.wmem_max in bytes."""
    try:
        with open(_WMEM_MAX) as f:
            return int(f.read(64))
    except (OSError, ValueError):
        return 0
