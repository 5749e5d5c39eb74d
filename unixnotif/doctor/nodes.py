# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Files of a path: owner, group, mode and file system.

Rule: only metadata is read; nothing is opened that could block.
"""

import dataclasses
import errno
import os
import shlex
import stat
from typing import Final

from unixnotif import terminal
from unixnotif.doctor import accounts

_MOUNTS: Final = '/proc/self/mountinfo'
_MOST_BYTES: Final = 4 * 1024 * 1024
_KINDS: Final = {
    stat.S_IFDIR: 'directory',
    stat.S_IFSOCK: 'socket',
    stat.S_IFREG: 'regular file',
    stat.S_IFLNK: 'symbolic link',
    stat.S_IFIFO: 'FIFO',
    stat.S_IFCHR: 'device',
    stat.S_IFBLK: 'device',
}


@dataclasses.dataclass(frozen=True, slots=True)
class Node:
    """One file of a path.

    :param kind: for example ``directory``
    :param mode: permission bits, with setgid and sticky
    :param device: number of the device
    :param inode: number of the inode on the device
    :param has_acl: True if an access control list changes the permissions
    """

    path: str
    kind: str
    mode: int
    uid: int
    gid: int
    device: int = 0
    inode: int = 0
    has_acl: bool = False

    @property
    def quoted(self) -> str:
        """The path as a word of a shell: a peer chooses names of sockets."""
        return shlex.quote(self.path)

    @property
    def access(self) -> str:
        """Owner, group and mode, for example ``nova:nova 3770``."""
        acl = ' with an ACL' if self.has_acl else ''
        return (
            f'{accounts.user_name(self.uid)}:'
            f'{accounts.group_name(self.gid)} {self.mode:04o}{acl}'
        )

    @property
    def access_in_words(self) -> str:
        """Owner, group and mode as a part of a sentence."""
        acl = ' and an access control list' if self.has_acl else ''
        return (
            f'owner {accounts.user_name(self.uid)}, '
            f'group {accounts.group_name(self.gid)}, '
            f'mode {self.mode:04o}{acl}'
        )

    @property
    def file_id(self) -> tuple[int, int]:
        """Identity of the file."""
        return self.device, self.inode


@dataclasses.dataclass(frozen=True, slots=True)
class Space:
    """Free space of a file system.

    :param kind: for example tmpfs
    :param mount: where it is mounted
    :param free_bytes: for this user
    :param free_inodes: for this user; -1 if the file system has no limit
    :param read_only: True if nothing can be created
    """

    kind: str
    mount: str
    free_bytes: int
    free_inodes: int
    read_only: bool


@dataclasses.dataclass(frozen=True, slots=True)
class Link:
    """A symbolic link that leads to no file.

    :param target: path that does not exist; empty if the link leads to itself
    """

    path: str
    target: str

    @property
    def quoted(self) -> str:
        """The path of the link as a word of a shell."""
        return shlex.quote(self.path)


def broken_link(path: str) -> Link | None:
    """Return the first symbolic link of a path that leads to no file."""
    parts = path.split('/')
    for length in range(2, len(parts) + 1):
        link = '/'.join(parts[:length])
        if not os.path.islink(link):
            continue
        try:
            os.stat(link)
        except FileNotFoundError:
            return Link(link, os.path.realpath(link))
        except OSError as e:
            return Link(link, '') if e.errno == errno.ELOOP else None
    return None


def of_status(path: str, found: os.stat_result) -> Node:
    """Return a node from the status of a file."""
    return Node(
        path,
        _KINDS.get(stat.S_IFMT(found.st_mode), 'file'),
        stat.S_IMODE(found.st_mode),
        found.st_uid,
        found.st_gid,
        found.st_dev,
        found.st_ino,
    )


def find(path: str, follow: bool = True) -> Node | None:
    """Return the file of a path, or None if there is none.

    :raises OSError: this process may not look
    """
    try:
        node = of_status(path, os.stat(path, follow_symlinks=follow))
    except (FileNotFoundError, NotADirectoryError):
        return None
    return dataclasses.replace(node, has_acl=_has_acl(path))


def _has_acl(path: str) -> bool:
    try:
        return accounts.ACL_NAME in os.listxattr(path)
    except OSError:
        return False


def chain(path: str) -> tuple[list[Node], bool]:
    """Return every file of a path, from the root to the last that is there.

    Symbolic links are resolved first.

    :returns: the files, and True if this process may not look behind the
        last one
    """
    real = os.path.realpath(path)
    parts = [part for part in real.split('/') if part]
    found: list[Node] = []
    for length in range(len(parts) + 1):
        try:
            node = find('/' + '/'.join(parts[:length]))
        except OSError:
            return found, True
        if node is None:
            break
        found.append(node)
    return found, False


def table(path: list[Node]) -> tuple[str, ...]:
    """Return one line for each file: path, owner, group and mode."""
    shown = [terminal.escape(node.path) for node in path]
    width = max(map(len, shown), default=0)
    return tuple(
        f'{text:<{width}}  {node.access}'
        for text, node in zip(shown, path, strict=True)
    )


def space(path: str) -> Space | None:
    """Return the free space of the file system of a path; None if unknown."""
    try:
        found = os.statvfs(path)
    except OSError:
        return None
    kind, mount = _mount_of(os.path.realpath(path))
    blocks = found.f_bavail if os.geteuid() else found.f_bfree
    inodes = found.f_favail if os.geteuid() else found.f_ffree
    return Space(
        kind,
        mount,
        blocks * found.f_frsize if found.f_blocks else -1,
        inodes if found.f_files else -1,
        bool(found.f_flag & os.ST_RDONLY),
    )


def _mount_of(path: str) -> tuple[str, str]:
    """Return kind and mount point of the file system of a real path."""
    try:
        with open(_MOUNTS, encoding='utf-8', errors='surrogateescape') as f:
            text = f.read(_MOST_BYTES)
    except OSError:
        return 'file system', path
    best = ('file system', '/')
    for line in text.splitlines():
        # Optional fields end at the hyphen (proc(5)).
        before, _, after = line.partition(' - ')
        fields, kinds = before.split(), after.split()
        if len(fields) < 5 or not kinds:
            continue
        mount = _unescape(fields[4])
        inside = path == mount or path.startswith(mount.rstrip('/') + '/')
        # A later mount covers an earlier one.
        if inside and len(mount) >= len(best[1]):
            best = (kinds[0], mount)
    return best


def _unescape(text: str) -> str:
    for octal, char in (
        (r'\040', ' '),
        (r'\011', '\t'),
        (r'\012', '\n'),
        (r'\134', '\\'),
    ):
        text = text.replace(octal, char)
    return text
