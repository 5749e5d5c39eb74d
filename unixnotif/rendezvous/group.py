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

"""The group that owns the sockets and rendezvous directories.

Rule: the number is known to be valid before anything is created for it.
"""

import grp
from typing import Final

from unixnotif import errors

#: The gid that means "do not change the group" to chown(2).
UNCHANGED: Final = -1

# gid_t has 32 bits, and (gid_t) -1 is UNCHANGED.
_MAX_GID: Final = 2**32 - 2

_ADVICE: Final = (
    'set the name or number of an existing group, for example: '
    'socket_group = notifications'
)


def group_id(group: str | None) -> int:
    """Return the gid of a group.

    :param group: name or number of the group, the value of ``socket_group``;
        a value of digits only is a number
    :returns: the gid, or :data:`UNCHANGED` if ``group`` is None or empty
    :raises UnavailableError: there is no such group, or the number is too
        large for a gid
    """
    if not group:
        return UNCHANGED
    if group.isascii() and group.isdecimal():
        digits = group.lstrip('0') or '0'
        # int() rejects thousands of digits with an error of its own.
        if len(digits) <= 10 and int(digits) <= _MAX_GID:
            return int(digits)
        raise errors.UnavailableError(
            f'socket_group = {_shown(group)} is not a group number (maximum '
            f'{_MAX_GID}); {_ADVICE}'
        )
    try:
        return grp.getgrnam(group).gr_gid
    except (KeyError, ValueError):
        # ValueError: no name of a group contains NUL or a lone surrogate.
        raise errors.UnavailableError(
            f'there is no group {_shown(group)} on this host; create the '
            f'group, or {_ADVICE}'
        ) from None


def _shown(group: str) -> str:
    text = repr(group)
    return text if len(text) <= 80 else f'{text[:77]}...'
