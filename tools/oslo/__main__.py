# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Command line: ``python -m tools.oslo``.

Rule: each part and executor is one line of output. A test that is skipped, or
that is not there, is a failure.
"""

import concurrent.futures
import dataclasses
import itertools
import json
import os
from pathlib import Path
import subprocess
import sys
import tempfile

from tools import commands
from tools import installs

PROGRAM = 'python -m tools.oslo'
_HERE = Path(__file__).parent
_TESTS = 'oslo_messaging.tests'
_EXECUTORS = 'threading', 'eventlet'
#: Seconds; far more than any part takes.
_TIMEOUT = 170.0

_DESCRIPTION = """\
Run oslo.messaging's own notification tests, those of the installed version,
over unix+dir:// in place of its fake transport, with both executors. Downloads
two libraries that the tests import. Takes about two minutes.
"""
_EPILOG = """\
exit status: 0 all tests passed, 1 a test failed, was skipped or is missing,
2 wrong usage or failed install
"""


@dataclasses.dataclass(frozen=True)
class Part:
    """Some tests, which run in one process.

    :param name: for the reader
    :param tests: name of a module or class of tests
    :param count: number of tests
    :param number: which part of the tests it is, from 0
    :param parts: number of parts of the tests
    """

    name: str
    tests: str
    count: int
    number: int = 0
    parts: int = 1


PARTS = (
    Part(
        'NotifyTestCase',
        f'{_TESTS}.functional.test_functional.NotifyTestCase',
        7,
    ),
    Part('test_logger 1', f'{_TESTS}.functional.notify.test_logger', 5, 0, 2),
    Part('test_logger 2', f'{_TESTS}.functional.notify.test_logger', 5, 1, 2),
    Part('test_listener', f'{_TESTS}.notify.test_listener', 14),
)


def run(part: Part, executor: str, libraries: Path) -> str:
    """Run a part; return the problem, or nothing."""
    command = [
        sys.executable, '-m', 'tools.oslo.suite', executor, part.tests,
        str(part.number), str(part.parts),
    ]  # fmt: skip
    path = os.pathsep.join(
        [str(libraries), *filter(None, [os.environ.get('PYTHONPATH')])]
    )
    try:
        done = subprocess.run(
            command,
            env={**os.environ, 'PYTHONPATH': path},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=_TIMEOUT,
        )
    except subprocess.TimeoutExpired:
        return f'did not end within {_TIMEOUT:.0f} seconds'
    try:
        found = json.loads(done.stdout.strip().rpartition('\n')[2])
    except ValueError:
        return f'exit status {done.returncode}\n{done.stdout}'
    if not found['listeners']:
        return 'no test used the driver'
    if (found['run'], found['failed'], found['skipped']) != (part.count, 0, 0):
        return f'{found}\n{done.stdout}'
    return ''


def _run_all() -> int:
    failed = False
    with tempfile.TemporaryDirectory() as directory:
        libraries = Path(directory)
        installs.install(libraries, _HERE / 'requirements.txt')
        pairs = list(itertools.product(PARTS, _EXECUTORS))
        with concurrent.futures.ThreadPoolExecutor(len(pairs)) as threads:
            results = [threads.submit(run, *pair, libraries) for pair in pairs]
            for (part, executor), result in zip(pairs, results, strict=True):
                problem = result.result()
                failed = failed or bool(problem)
                verdict = problem or f'{part.count}/{part.count}'
                print(f'{part.name:<16} {executor:<10} {verdict}', flush=True)
    return int(failed)


def main() -> int:
    """Run everything; return the exit status."""
    commands.parser(PROGRAM, _DESCRIPTION, _EPILOG).parse_args()
    return commands.run(PROGRAM, _run_all)


if __name__ == '__main__':
    sys.exit(main())
