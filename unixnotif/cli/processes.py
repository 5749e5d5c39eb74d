# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Names of the processes that emit."""

from typing import Final

# Maximum number of processes whose names are kept.
_MOST: Final = 1000


class Names:
    """Names of processes, each of which is read once."""

    def __init__(self) -> None:
        self._found: dict[int, str] = {}

    def find(self, pid: int) -> str:
        """Return the name of a process; empty if the process has ended."""
        name = self._found.get(pid)
        if name is None:
            if len(self._found) >= _MOST:
                self._found.clear()
            name = self._found[pid] = _read(pid)
        return name


def _read(pid: int) -> str:
    try:
        # The process chooses its name: 15 bytes at most (proc_pid_comm(5)).
        with open(f'/proc/{pid}/comm', 'rb') as file:
            return file.read().rstrip(b'\n').decode('utf-8', 'replace')
    except OSError:
        return ''
