# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The service of each process, also after the end of the process.

Rule: a process is looked up while it lives: a killed worker has no parent any
more, but its notifications are in the capture.
"""

import json
from pathlib import Path

from tools.cloud import processes


class Roster:
    """Services by process id.

    :param top: directory with the file that keeps them
    """

    def __init__(self, top: Path) -> None:
        self._file = top / 'roster.json'
        self._names: dict[int, str] = {}
        if self._file.exists():
            known = json.loads(self._file.read_text())
            self._names = {int(pid): name for pid, name in known.items()}

    def look(self, known: processes.Processes) -> None:
        """Learn the processes that live now."""
        sessions = {each.pid: each.name for each in known.all()}
        for pid in processes.pids():
            found = processes.stat(pid)
            if found is not None and found.session in sessions:
                self._names[pid] = sessions[found.session]
        self._file.write_text(json.dumps(self._names))

    def name(self, pid: int | None) -> str:
        """Return the service of a process."""
        return self._names.get(pid or 0, 'unknown')

    def workers(self, name: str, leader: int) -> list[int]:
        """Return the processes of a service but its leader."""
        return [
            pid
            for pid, its_name in self._names.items()
            if its_name == name and pid != leader
        ]
