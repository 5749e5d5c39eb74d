# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Break nova's payload classes, and see what ``unixnotif contract`` says.

``python -m tools.nova.trials [--workdir DIR] [NAME ...]`` tries each break
twice: without and with the right bump. A trial records nova's classes and one
of nova's tests, and compares both with the catalogue of the unchanged nova.
Rule: nova's files do not change, and the installed command does everything, as
in a project.
"""

import argparse
from collections.abc import Sequence
import json
import os
from pathlib import Path
import shutil
import sys

from tools import commands
from tools import errors
from tools import process
from tools import workdirs
from tools.nova import environment
from tools.nova import mutations

HOOK = Path(__file__).with_name('edits')
TESTS = 'nova.tests.functional.notification_sample_tests'
TIMEOUT = 600.0


class Trial:
    """One break in one work directory, with or without the bump."""

    def __init__(
        self,
        where: environment.Environment,
        broken: mutations.Break,
        bumped: bool,
    ) -> None:
        self._where = where
        self._broken = broken
        self.name = f'{broken.name}{" with the bump" if bumped else ""}'
        self._work = where.workdir / 'breaks'
        stem = f'{broken.name}-{"right" if bumped else "wrong"}'
        self._catalogue = self._work / f'{stem}.json'
        self._recordings = self._work / stem
        self._environ = workdirs.clean_environ() | {
            'PYTHONPATH': str(HOOK),
            'PYTHONDONTWRITEBYTECODE': '1',
            'UNIXNOTIF_NOVA_EDITS': broken.all_edits(bumped=bumped),
            'UNIXNOTIF_RECORD': str(self._recordings),
            'OS_NOVA_DISABLE_EVENTLET_PATCHING': 'True',
            'OS_TEST_TIMEOUT': '300',
        }
        self._expected = 0 if bumped else 1

    def run(self, base: Path) -> list[str]:
        """Run the trial; return each unexpected result."""
        shutil.copy(base, self._catalogue)
        # A sample test of nova compares all fields, so that most breaks make
        # it fail. The recording contains its notifications all the same.
        test = f'{TESTS}.{self._broken.test}'
        lines = self._python('-m', 'testtools.run', test, code=None)
        recordings = sorted(self._recordings.glob('*.jsonl'))
        if not recordings:
            return [f'{test} recorded nothing', *lines[-5:]]
        output = ('-o', self._catalogue, '--merge')
        self._contract('record', '--declared', 'nova', *output)
        self._contract('record', '--recording', *recordings, *output)
        lines = self._contract(
            'check',
            self._catalogue,
            '--against',
            base,
            '--format=json',
            code=self._expected,
        )
        found = json.loads('\n'.join(lines))['findings']
        rules = {one['rule'] for one in found if one['severity'] == 'error'}
        wrong = []
        if rules != ({'V101'} if self._expected else set()):
            wrong.append(f'errors of the rules {sorted(rules)}')
        if self._expected:
            argv = ('check', self._catalogue, '--against', base)
            text = '\n'.join(self._contract(*argv, code=1))
            wrong += [
                f'the output of the check lacks: {line}'
                for line in self._broken.says
                if line not in text
            ]
        return wrong

    def _contract(self, *argv: str | Path, code: int = 0) -> list[str]:
        return self._python(
            '-m', 'unixnotif.cli', 'contract', *argv, code=code
        )

    def _python(self, *argv: str | Path, code: int | None) -> list[str]:
        return python(self._where, self._environ, *argv, code=code)


def python(
    where: environment.Environment,
    environ: dict[str, str],
    *argv: str | Path,
    code: int | None = 0,
) -> list[str]:
    """Run nova's Python in nova's source tree; return its output lines.

    :raises ToolError: it ends with another exit status
    """
    output: list[str] = []
    log = where.logs / 'breaks.log'
    with log.open('a') as log_file:
        finished = process.run(
            [where.python, *argv],
            cwd=where.source,
            env=environ,
            timeout=TIMEOUT,
            on_line=output.append,
            errors=log_file,
        )
    if finished.timed_out or code not in (None, finished.returncode):
        last = '\n'.join(f'    {line}' for line in output[-12:])
        raise errors.ToolError(
            f'{" ".join(map(str, argv))}: exit status {finished.returncode}, '
            f'expected {code}; see {log}\n{last}'
        )
    return output


def _record_base(where: environment.Environment) -> Path:
    work = where.workdir / 'breaks'
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    base = work / 'base.json'
    contract = ('-m', 'unixnotif.cli', 'contract')
    environ = workdirs.clean_environ()
    record = ('record', '--declared', 'nova', '-o', base)
    python(where, environ, *contract, *record)
    python(where, environ, *contract, 'release', where.release, base)
    return base


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; return the exit status."""
    names = [each.name for each in mutations.BREAKS]
    help_text = f'change to test: {", ".join(names)} (default: all)'
    options = argparse.ArgumentParser(
        prog='python -m tools.nova.trials',
        description='Change payload classes of nova, and compare the findings '
        'of "unixnotif contract check" with the expected findings.',
    )
    options.add_argument('names', nargs='*', metavar='NAME', help=help_text)
    options.add_argument(
        '--workdir',
        type=Path,
        default=workdirs.default('nova'),
        metavar='DIR',
        help='work directory of python -m tools.nova '
        '(default: .tox/nova/work)',
    )
    arguments = options.parse_args(argv)
    if unknown := sorted(set(arguments.names) - set(names)):
        options.error(
            f'unknown change {unknown[0]}; choose from {", ".join(names)}'
        )
    where = environment.Environment(arguments.workdir)
    wanted = arguments.names or names
    return commands.run(options.prog, lambda: _run(where, wanted))


def _run(where: environment.Environment, names: Sequence[str]) -> int:
    failed = False
    with where.locked():
        where.prepare(project=True)
        base = _record_base(where)
        for broken in mutations.BREAKS:
            if broken.name not in names:
                continue
            for bumped in (False, True):
                trial = Trial(where, broken, bumped)
                wrong = trial.run(base)
                failed = failed or bool(wrong)
                commands.say(
                    f'{trial.name}: {"; ".join(wrong) or "as expected"}'
                )
    return int(failed)


if __name__ == '__main__':
    os.environ.pop('UNIXNOTIF_NOVA_EDITS', None)
    sys.exit(main())
