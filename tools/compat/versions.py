# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""A version of the library in a virtual environment of its own.

Rule: the older one is a commit of this repository; nothing of the working
tree is on its path.
"""

from collections.abc import Sequence
import dataclasses
import json
from pathlib import Path
import subprocess
from typing import Any
import venv

from tools import errors

ROOT = Path(__file__).parents[2]
_ENDS = Path(__file__).with_name('ends.py')


@dataclasses.dataclass(frozen=True)
class Version:
    """A version that programs can be started with.

    :param name: for people
    :param python: its interpreter
    """

    name: str
    python: Path

    def start(self, *arguments: str) -> 'End':
        """Start one end."""
        return End([str(self.python), str(_ENDS), *arguments])

    def run(self, *arguments: str) -> str:
        """Run a step that has no counterpart; return its output.

        :raises ToolError: it fails
        """
        return _run([self.python, _ENDS, *arguments])


class End:
    """A process that answers each line with a line of JSON."""

    def __init__(self, command: Sequence[str]) -> None:
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            # A package in the current directory would hide the installed one.
            cwd='/',
        )
        self.answer()

    def answer(self) -> Any:
        """Wait for a line, and return its value.

        :raises ToolError: the process has ended
        """
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise errors.ToolError(f'{self._process.args!r} has ended')
        return json.loads(line)

    def go_on(self) -> Any:
        """Let the process do its next step, and return the answer."""
        assert self._process.stdin is not None
        self._process.stdin.write('\n')
        self._process.stdin.flush()
        return self.answer()

    def end(self) -> None:
        """Close its standard input, and wait for its end."""
        self._process.communicate()


def install(name: str, source: Path, where: Path) -> Version:
    """Install a source tree into a new virtual environment.

    :raises ToolError: the installation fails
    """
    venv.create(where, with_pip=True)
    python = where / 'bin' / 'python'
    _run([python, '-m', 'pip', 'install', '--quiet', f'{source}[fast,cli]'])
    return Version(name, python)


def check_out(revision: str, where: Path) -> Path:
    """Check a commit out into a directory of its own.

    :raises ToolError: there is no such commit
    """
    _run(['git', 'clone', '--quiet', '--no-checkout', ROOT, where])
    _run(['git', '-C', where, 'checkout', '--quiet', revision])
    return where


def _run(command: Sequence[Path | str]) -> str:
    done = subprocess.run(
        list(map(str, command)),
        capture_output=True,
        text=True,
        check=False,
        cwd='/',
    )
    if done.returncode:
        raise errors.ToolError(
            f'{" ".join(map(str, command))} failed:\n{done.stderr.strip()}'
        )
    return done.stdout
