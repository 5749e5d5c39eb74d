# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Check what the DevStack plugin has configured, before a service starts.

Rule: the doctor judges each file, as it would for an operator. The directory
must have the group and the mode that the plugin promises.
"""

import grp
import json
import os
from pathlib import Path
import stat
import subprocess

from tools import errors
from tools.cloud import configuration
from tools.cloud import layout

_MODE = 0o3770


def check(where: layout.Layout, group: int | None = None) -> None:
    """Check each file, and the rendezvous directory.

    :param group: that the directory must belong to; by default that of the
        services
    :raises ToolError: with every problem
    """
    files = [*where.nova_files, where.keystone_conf, where.glance_conf]
    # One after the other: a doctor would find the subscriber of another.
    problems = [line for path in files for line in examine(where, path)]
    problems += _check_directory(
        where.rendezvous, os.getegid() if group is None else group
    )
    if problems:
        raise errors.ToolError(
            'notifications would be missing:\n  ' + '\n  '.join(problems)
        )


def examine(where: layout.Layout, path: Path) -> list[str]:
    """Return the problems that the doctor finds in a file."""
    command: list[str | Path] = [where.bin / 'unixnotif', 'doctor']
    command += ['--json', '--config-file', path]
    done = subprocess.run(
        command,
        cwd=where.top,
        env=configuration.environ(where),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        findings = json.loads(done.stdout)['findings']
    except (KeyError, ValueError):
        raise errors.ToolError(
            f'unixnotif doctor fails for {path}: {done.stderr}'
        ) from None
    return [each['what'] for each in findings if each['level'] == 'problem']


def _check_directory(path: Path, group: int) -> list[str]:
    """Return a sentence for each wrong property of the directory."""
    found = path.stat()
    problems = []
    if found.st_gid != group:
        problems.append(
            f'{path} belongs to group {_group(found.st_gid)}, not to '
            f'{_group(group)}'
        )
    mode = stat.S_IMODE(found.st_mode)
    if mode != _MODE:
        problems.append(f'{path} has mode {mode:04o}, not {_MODE:04o}')
    return problems


def _group(number: int) -> str:
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)
