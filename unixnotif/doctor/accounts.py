# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Users and groups: their names, and the rights of a process.

Rule: a number without an account is shown as a number.
"""

import dataclasses
import functools
import grp
import os
import pwd

from unixnotif import errors

#: Extended attribute with the access control list of a file (acl(5)).
ACL_NAME = 'system.posix_acl_access'


@functools.lru_cache(maxsize=1024)
def user_name(uid: int) -> str:
    """Return the name of a user."""
    try:
        return pwd.getpwuid(uid).pw_name
    except (KeyError, OverflowError):
        return str(uid)


@functools.lru_cache(maxsize=1024)
def group_name(gid: int) -> str:
    """Return the name of a group."""
    try:
        return grp.getgrgid(gid).gr_name
    except (KeyError, OverflowError):
        return str(gid)


@dataclasses.dataclass(frozen=True, slots=True)
class Credentials:
    """Rights of a process or of a user.

    :param uid: effective user
    :param gid: effective group
    :param groups: supplementary groups
    """

    uid: int
    gid: int
    groups: frozenset[int]

    @property
    def user(self) -> str:
        """Name of the user."""
        return user_name(self.uid)

    @property
    def group_names(self) -> str:
        """Names of all groups, separated by commas."""
        return ', '.join(map(group_name, sorted(self.all_groups)))

    @property
    def shown(self) -> str:
        """Text with the user and all groups."""
        return f'user {self.user} with groups {self.group_names}'

    @property
    def all_groups(self) -> frozenset[int]:
        """The effective group and the supplementary ones."""
        return self.groups | {self.gid}


def own() -> Credentials:
    """Return the rights of this process."""
    return Credentials(os.geteuid(), os.getegid(), frozenset(os.getgroups()))


def of_user(name: str) -> Credentials:
    """Return the rights that a new process of a user gets.

    :param name: name or number of the user
    :raises UnavailableError: there is no such user
    """
    try:
        if name.isascii() and name.isdecimal():
            entry = pwd.getpwuid(int(name))
        else:
            entry = pwd.getpwnam(name)
    except (KeyError, ValueError, OverflowError):
        raise errors.UnavailableError(
            f'there is no user {name!r} on this host'
        ) from None
    groups = os.getgrouplist(entry.pw_name, entry.pw_gid)
    return Credentials(entry.pw_uid, entry.pw_gid, frozenset(groups))


def configured_groups(uid: int) -> frozenset[int]:
    """Return the groups that a new process of a user gets; maybe none."""
    try:
        return of_user(str(uid)).all_groups
    except errors.UnavailableError:
        return frozenset()
