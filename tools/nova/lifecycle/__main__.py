# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Command line: ``python -m tools.nova.lifecycle [options]``.

Rule: nothing is kept of a run that failed.
"""

import argparse
from collections.abc import Sequence
import os
from pathlib import Path
import shutil
import sys

from tools import commands
from tools import errors
from tools import process
from tools import workdirs
from tools.nova import environment

SAMPLES = workdirs.CHECKOUT / 'unixnotif' / 'tests' / 'devstack' / 'samples'
_MODULE = 'tools.nova.lifecycle.test_lifecycle'
_TIMEOUT = 600.0

_DESCRIPTION = """\
Run the tests of the cloud (unixnotif/tests/devstack) against a real nova in
one process. With --keep, the new capture and the new catalogue of nova's
payloads replace the samples. Without a cloud, the tests use these samples.
"""


def parser() -> argparse.ArgumentParser:
    """Return the options and their help."""
    options = argparse.ArgumentParser(
        prog='python -m tools.nova.lifecycle',
        description=_DESCRIPTION,
        epilog='exit status: 0 passed, 1 failed, 2 wrong usage or failed '
        'install',
    )
    options.add_argument(
        '--keep',
        action='store_true',
        help=f'replace {SAMPLES.relative_to(workdirs.CHECKOUT)}',
    )
    options.add_argument(
        '--workdir',
        type=Path,
        default=workdirs.default('nova'),
        metavar='DIR',
        help='directory that is kept from run to run '
        '(default: .tox/nova/work)',
    )
    return options


class _Run:
    """One run in a prepared environment."""

    def __init__(self, where: environment.Environment) -> None:
        self._where = where
        self.directory = where.logs / 'lifecycle'
        self.log = self.directory / 'output.log'
        self.capture = self.directory / 'capture.jsonl'
        self.catalogue = self.directory / 'nova.json'

    def start(self) -> bool:
        """Run the test; return True if it passed."""
        shutil.rmtree(self.directory, ignore_errors=True)
        self.directory.mkdir()
        return self._python('-m', 'testtools.run', _MODULE)

    def record(self) -> None:
        """Write the catalogue of the capture; remove paths from the capture.

        :raises ToolError: the command failed
        """
        # Tracebacks name files.
        text = self.capture.read_text()
        for path in (self._where.source, self._where.workdir):
            text = text.replace(f'{path}/', '')
        self.capture.write_text(text)
        record = ('record', '-o', str(self.catalogue))
        for command in (
            [*record, '--declared', 'nova'],
            [*record, '--merge', '--recording', str(self.capture)],
            ['release', f'nova-{self._where.release}', str(self.catalogue)],
        ):
            if not self._python('-m', 'unixnotif.cli', 'contract', *command):
                raise errors.ToolError(
                    f'unixnotif contract {command[0]} failed; all that was '
                    f'said: {self.log}'
                )

    def _python(self, *arguments: str) -> bool:
        with self.log.open('a') as log:
            finished = process.run(
                [self._where.python, *arguments],
                # nova's tests look for nova's files here.
                cwd=self._where.source,
                env=workdirs.clean_environ() | self._environ(),
                timeout=_TIMEOUT,
                on_line=lambda line: print(line, file=log),
            )
        return not finished.returncode and not finished.timed_out

    def _environ(self) -> dict[str, str]:
        return {
            'PYTHONPATH': str(workdirs.CHECKOUT),
            'OS_NOVA_DISABLE_EVENTLET_PATCHING': 'True',
            'OS_STDOUT_CAPTURE': '1',
            'OS_STDERR_CAPTURE': '1',
            'UNIXNOTIF_LIFECYCLE': str(self.directory),
        }


def _run(arguments: argparse.Namespace) -> int:
    where = environment.Environment(arguments.workdir)
    with where.locked():
        where.prepare(project=True)
        run = _Run(where)
        print(f'the tests of the cloud, on nova {where.release} ...')
        if not run.start():
            print(f'failed; all of the output: {run.log}')
            return 1
        run.record()
        print(f'passed; captured: {run.capture}')
        if arguments.keep:
            os.makedirs(SAMPLES, exist_ok=True)
            shutil.copy(run.capture, SAMPLES / 'lifecycle.jsonl')
            shutil.copy(run.catalogue, SAMPLES / 'nova.json')
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; return the exit status.

    :param argv: the arguments; those of the process by default
    """
    options = parser()
    arguments = options.parse_args(argv)
    return commands.run(options.prog, lambda: _run(arguments))


if __name__ == '__main__':
    sys.exit(main())
