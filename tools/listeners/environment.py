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
