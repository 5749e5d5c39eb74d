# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The addresses of a campaign: create, replace and remove their files.

Rule: only filesystem calls; this module does not wait, send or receive.
"""

import contextlib
import errno
import os
from pathlib import Path
import shutil

import unixnotif

# Mode of a rendezvous directory that its owner and group share.
_MODE = 0o3770
# Attempts to remove a directory in which processes create sockets.
_ATTEMPTS = 100


class Place:
    """One address.

    :param name: short name for reports
    :param address: the address that emitters and consumers use
    """

    def __init__(self, name: str, address: unixnotif.Address) -> None:
        self.name = name
        self.address = address
        self.path = Path(address.path)

    @property
    def is_directory(self) -> bool:
        """True for ``unix+dir://``."""
        return self.address.is_directory

    def create(self) -> None:
        """Create the files that the first process needs."""
        self.path.parent.mkdir(exist_ok=True)

    def clean(self) -> None:
        """Remove directories that the address no longer names."""

    def subscribers(self) -> set[int]:
        """Return the process ids of all subscribers in the directory."""
        try:
            names = os.listdir(self.path)
        except OSError:
            return set()
        unique = [
            name.rpartition('@')[2].partition('-')[0]
            for name in names
            if name.endswith('.sock') and not name.startswith('.')
        ]
        return {int(pid) for pid in unique if pid.isdecimal()}


class Directory(Place):
    """A rendezvous directory."""

    def __init__(self, base: Path, name: str) -> None:
        path = base / name / 'notifications'
        super().__init__(name, unixnotif.Address(str(path)))
        self._old: list[Path] = []

    def create(self) -> None:
        """Create the directory."""
        super().create()
        _make(self.path)

    def recreate(self) -> None:
        """Recreate the directory, without its sockets."""
        _remove(self.path)
        _make(self.path)

    def rename(self) -> None:
        """Rename the directory, and create a new directory."""
        self._old.append(_unused(self.path))
        os.rename(self.path, self._old[-1])
        _make(self.path)

    def clean(self) -> None:
        """Remove the old directories."""
        while self._old:
            _remove(self._old.pop())


class Link(Place):
    """A symbolic link to a rendezvous directory."""

    def __init__(self, base: Path, name: str) -> None:
        path = base / name / 'current'
        super().__init__(name, unixnotif.Address(str(path)))
        self._old: list[Path] = []

    def create(self) -> None:
        """Create the directory and the link."""
        super().create()
        target = _unused(self.path)
        _make(target)
        self.path.symlink_to(target)

    def switch(self) -> None:
        """Switch the link to a new directory."""
        self._old.append(self.path.resolve())
        target = _unused(self.path)
        _make(target)
        link = self.path.with_name('next')
        link.symlink_to(target)
        os.rename(link, self.path)

    def recreate(self) -> None:
        """Recreate the directory, without its sockets."""
        target = self.path.resolve()
        _remove(target)
        _make(target)

    def clean(self) -> None:
        """Remove the old directories."""
        while self._old:
            _remove(self._old.pop())


class Socket(Place):
    """A ``unix://`` address."""

    def __init__(self, base: Path, name: str) -> None:
        path = base / name / 'notifications.sock'
        address = unixnotif.Address(str(path), is_directory=False)
        super().__init__(name, address)

    def remove(self) -> None:
        """Remove the socket file."""
        with contextlib.suppress(FileNotFoundError):
            self.path.unlink()

    def recreate_parent(self) -> None:
        """Recreate the directory of the socket."""
        _remove(self.path.parent)
        self.path.parent.mkdir(exist_ok=True)

    def exists(self) -> bool:
        """Return True if the socket file exists."""
        return self.path.is_socket()


def _make(path: Path) -> None:
    # A publisher may have created it already.
    with contextlib.suppress(FileExistsError):
        path.mkdir(0o700)
        path.chmod(_MODE)


def _remove(path: Path) -> None:
    """Remove a directory in which processes may still create sockets."""
    for _ in range(_ATTEMPTS):
        with contextlib.suppress(FileNotFoundError):
            for name in os.listdir(path):
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(path / name)
        try:
            os.rmdir(path)
        except FileNotFoundError:
            return
        except OSError as e:
            if e.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise
        else:
            return
    shutil.rmtree(path)


def _unused(path: Path) -> Path:
    """Return a path of no file, in the same directory."""
    number = 1
    while (found := path.with_name(f'{path.name}.{number}')).exists():
        number += 1
    return found
