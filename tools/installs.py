# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

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
