# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Apply a change that has no context lines.

Rule: a change that does not fit, or that has been applied before, is an
error; nothing is guessed.
"""

from pathlib import Path
import re

from tools import errors

_FILE = re.compile(r'\+\+\+ b/(\S+)')
_HUNK = re.compile(r'@@ -(\d+)(?:,(\d+))? \+\d+(?:,\d+)? @@')


def apply(change: str, root: Path) -> list[str]:
    """Apply a unified diff to the files below a directory.

    :param change: as ``diff -U0`` writes it
    :returns: the paths of the changed files
    :raises ToolError: a line that the change removes is not there
    """
    changed: dict[str, list[str]] = {}
    lines: list[str] = []
    at = shift = 0
    name = ''
    for line in change.splitlines():
        if found := _FILE.match(line):
            name = found[1]
            lines = _read(root / name)
            changed[name] = lines
            shift = 0
        elif line.startswith('--- '):
            continue
        elif found := _HUNK.match(line):
            # Without removed lines the number is that of the line before.
            at = int(found[1]) + shift - (found[2] != '0')
        elif line.startswith('-'):
            if at >= len(lines) or lines[at] != line[1:]:
                raise errors.ToolError(
                    f'the change does not fit {root / name}, line {at + 1}: '
                    f'there is no {line[1:]!r}'
                )
            del lines[at]
            shift -= 1
        elif line.startswith('+'):
            lines.insert(at, line[1:])
            at += 1
            shift += 1
    for path, text in changed.items():
        (root / path).write_text('\n'.join([*text, '']))
    return list(changed)


def count(change: str) -> int:
    """Return the number of added and removed lines."""
    return sum(
        line.startswith(('+', '-')) and not line.startswith(('+++ ', '--- '))
        for line in change.splitlines()
    )


def _read(path: Path) -> list[str]:
    try:
        return path.read_text().splitlines()
    except OSError as error:
        raise errors.ToolError(
            f'the change needs {path}: {error.strerror}'
        ) from error
