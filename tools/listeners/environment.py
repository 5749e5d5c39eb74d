# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The environment of the agents: released packages, and this checkout."""

from tools import workdirs

CEILOMETER = '27.0.0'
WATCHER = '17.0.0'


class Environment(workdirs.WorkDirectory):
    """A work directory in which the agents are installed."""

    def prepare(self) -> None:
        """Do the steps that are missing.

        :raises ToolError: a step failed; the message names the log to read
        """
        self.install(
            f'ceilometer {CEILOMETER} and watcher {WATCHER}',
            [f'ceilometer=={CEILOMETER}', f'python-watcher=={WATCHER}'],
        )
        self.install_checkout('fast')

    def program(self, name: str) -> str:
        """Return the path of a program of the packages."""
        return str(self.python.parent / name)
