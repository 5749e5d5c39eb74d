# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The processes of the demonstration: the service's, and ``unixnotif tail``.

Rule: no sleep replaces synchronization. Each wait checks its condition until
the condition is true, the process ends, or the deadline expires.
"""

from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Sequence
from concurrent import futures
import contextlib
import json
import pathlib
import subprocess
import sys
import time

from demo import verdict
import unixnotif

#: Seconds within which every process must have done its part.
TIMEOUT = 60.0
#: Seconds within which tail must have printed what it has received.
PRINT_TIMEOUT = 10.0
#: Seconds between two checks of a condition.
INTERVAL = 0.02

# Here "python -m demo.service" finds it.
_ROOT = pathlib.Path(__file__).parents[1]
# Planned deprecations of libraries are out of scope.
_PYTHON = (sys.executable, '-W', 'ignore', '-m')


class DemoError(Exception):
    """The demonstration cannot go on; the message says why."""


def run_service(
    config: pathlib.Path,
    commands: Sequence[Sequence[str]],
    callback: Callable[[], None],
) -> list[verdict.Run]:
    """Run commands of the service in parallel, and wait for their ends.

    :param callback: called repeatedly until they have ended
    :raises DemoError: one does not end
    """
    with futures.ThreadPoolExecutor() as pool:
        runs = [pool.submit(_run, config, *command) for command in commands]
        while futures.wait(runs, INTERVAL).not_done:
            callback()
    return [run.result() for run in runs]


def _run(config: pathlib.Path, *command: str) -> verdict.Run:
    try:
        done = subprocess.run(
            [*_PYTHON, 'demo.service', f'--config-file={config}', *command],
            cwd=_ROOT,
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
            check=False,
        )
    except subprocess.TimeoutExpired as e:
        raise DemoError(f'"{command[0]}" takes more than {TIMEOUT:g} s') from e
    reports = [
        verdict.Report(**json.loads(line)) for line in done.stdout.splitlines()
    ]
    return verdict.Run(command[0], done.returncode, reports, done.stderr)


class Tail:
    """A running ``unixnotif tail URI --json``; see :func:`tail`."""

    def __init__(self, uri: str, directory: pathlib.Path) -> None:
        self._output = directory / 'tail.jsonl'
        self._log = directory / 'tail.log'
        with self._output.open('w') as output, self._log.open('w') as log:
            self._process = subprocess.Popen(
                [*_PYTHON, 'unixnotif.cli', 'tail', uri, '--json'],
                stdout=output,
                stderr=log,
            )

    def wait(self, condition: Callable[[], bool], timeout: float) -> bool:
        """Wait for a condition; return False if the deadline expires.

        :raises DemoError: tail has ended
        """
        deadline = time.monotonic() + timeout
        while not condition():
            if time.monotonic() > deadline:
                return False
            with contextlib.suppress(subprocess.TimeoutExpired):
                code = self._process.wait(INTERVAL)
                raise DemoError(
                    f'unixnotif tail ended with exit code {code}: '
                    f'{self._log.read_text().strip()}'
                )
        return True

    def count(self) -> int:
        """Return the number of printed notifications."""
        return self._output.read_bytes().count(b'\n')

    def printed(self) -> list[unixnotif.Notification]:
        """Return its output after its end."""
        with self._output.open() as lines:
            return [
                unixnotif.Notification.from_document(json.loads(line))
                for line in lines
            ]

    def stop(self) -> None:
        """Stop it with SIGTERM."""
        self._process.terminate()
        self._process.wait()


@contextlib.contextmanager
def tail(uri: str, directory: pathlib.Path) -> Iterator[Tail]:
    """Run ``unixnotif tail URI --json``, subscribed when the block begins.

    :param directory: for its output
    :raises DemoError: it ended, or does not subscribe
    """
    # A publisher knows the number of subscribers.
    with unixnotif.Publisher(uri) as publisher:
        others = publisher.refresh()
        process = Tail(uri, directory)
        try:
            if not process.wait(lambda: publisher.refresh() > others, TIMEOUT):
                raise DemoError(f'tail did not subscribe in {TIMEOUT:g} s')
            yield process
        finally:
            process.stop()
