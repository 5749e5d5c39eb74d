# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""CPU time of a call in an older revision and in the working tree.

Rule: each of the two has its own process, with its own readers. They take
turns in a random order, so that a change in the speed of the machine affects
both.
"""

import contextlib
import itertools
import json
import os
import pathlib
import random
import statistics
import subprocess
import sys
import tempfile
from typing import Any
from typing import Self

from bench import payloads
from bench import revision

_ROOT = pathlib.Path(__file__).parents[1]
FULL = 60
QUICK = 4


class RevisionError(Exception):
    """The revision cannot be measured."""


def export(name: str, directory: str) -> None:
    """Write the package of a revision into a directory.

    :param name: as of gitrevisions(7)
    :raises RevisionError: git does not know the revision
    """
    command = ['git', '-C', str(_ROOT), 'archive', name, 'unixnotif']
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode:
        raise RevisionError(
            f'git archive {name}: {done.stderr.decode().strip()}'
        )
    unpack = ['tar', '--extract', f'--directory={directory}']
    subprocess.run(unpack, input=done.stdout, check=True)


class Measurer(contextlib.ExitStack):
    """The process that measures one revision.

    :param package: the directory that holds ``unixnotif``
    :raises RevisionError: the process ended at once
    """

    def __init__(self, package: str) -> None:
        super().__init__()
        path = os.pathsep.join([package, str(_ROOT)])
        self._process = self.enter_context(
            subprocess.Popen(
                [sys.executable, '-m', revision.__name__],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                # Not the root: its package would come first.
                cwd=package,
                env={**os.environ, 'PYTHONPATH': path},
            )
        )
        if not self._read():
            self.close()
            raise RevisionError(f'the package in {package} does not start')

    def _read(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline()

    def measure(self, series: revision.Series) -> float:
        """Return the microseconds of CPU time of a call."""
        assert self._process.stdin is not None
        self._process.stdin.write(f'{json.dumps(series)}\n')
        self._process.stdin.flush()
        return float(self._read())

    def __enter__(self) -> Self:
        return self


def run(name: str, rounds: int) -> list[dict[str, Any]]:
    """Measure a revision and the working tree in turns.

    :param name: the revision, as of gitrevisions(7)
    :param rounds: turns of each
    :returns: one row for each kind of call; the ratio is the median of the
        ratios of each turn
    :raises RevisionError: the revision cannot be measured
    """
    with tempfile.TemporaryDirectory(prefix='bench-') as directory:
        export(name, directory)
        with Measurer(directory) as before, Measurer(str(_ROOT)) as after:
            return _rows(before, after, rounds)


def _rows(
    before: Measurer, after: Measurer, rounds: int
) -> list[dict[str, Any]]:
    every = [
        revision.Series(*each)
        for each in itertools.product(
            revision.ADDRESSES,
            revision.SUBSCRIBERS,
            revision.CALLS,
            payloads.PAYLOADS,
        )
    ]
    costs: dict[revision.Series, list[tuple[float, float]]] = {}
    for _ in range(rounds):
        for series in every:
            order = random.sample([before, after], 2)
            found = {each: each.measure(series) for each in order}
            costs.setdefault(series, []).append((found[before], found[after]))
    return [
        {
            **series._asdict(),
            'before_us': statistics.median(old for old, _ in pairs),
            'after_us': statistics.median(new for _, new in pairs),
            'ratio': statistics.median(new / old for old, new in pairs),
        }
        for series, pairs in costs.items()
    ]
