# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Permissions by owner, group and mode, as the kernel decides.

Rule: pure functions (path_resolution(7)). Access control lists and security
modules decide more; a real attempt shows that.
"""

from unixnotif.doctor import accounts
from unixnotif.doctor import nodes

READ = 4
WRITE = 2
ENTER = 1


def allows(
    rights: accounts.Credentials, node: nodes.Node, wanted: int
) -> bool:
    """Return True if a user may use a file in these ways.

    :param wanted: a sum of READ, WRITE and ENTER
    """
    if rights.uid == 0:
        return True
    if rights.uid == node.uid:
        granted = node.mode >> 6
    elif node.gid in rights.all_groups:
        granted = node.mode >> 3
    else:
        granted = node.mode
    return granted & wanted == wanted


def first_barrier(
    rights: accounts.Credentials, path: list[nodes.Node]
) -> nodes.Node | None:
    """Return the first directory that a user may not enter, or None.

    :param path: all directories of a path, from the root
    """
    for node in path:
        if not allows(rights, node, ENTER):
            return node
    return None


def missing_group(
    rights: accounts.Credentials, node: nodes.Node, wanted: int
) -> bool:
    """Return True if membership in the group of a file would help."""
    return (
        rights.uid not in (0, node.uid)
        and node.gid not in rights.all_groups
        and (node.mode >> 3) & wanted == wanted
    )
