# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

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
    'socket_group = nova'
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
