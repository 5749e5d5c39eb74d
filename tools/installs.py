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

"""Packages from the registry, in a directory of their own."""

from pathlib import Path
import subprocess
import sys

from tools import errors


def install(target: Path, requirements: Path) -> None:
    """Install packages, without what they require, into a directory.

    :param requirements: a file in the format of pip
    :raises ToolError: pip fails
    """
    done = subprocess.run(
        [
            sys.executable, '-m', 'pip', 'install', '--quiet', '--no-deps',
            '--disable-pip-version-check', '--target', target,
            '--requirement', requirements,
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )  # fmt: skip
    if done.returncode:
        raise errors.ToolError(f'pip install failed:\n{done.stdout}')
