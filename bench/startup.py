# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""CPU time that a process or a test takes before its own work.

Rule: the result is the median of the CPU times of many processes, which take
turns. The modules are already compiled, as after an installation.
"""

from collections.abc import Callable
import functools
import os
import random
import statistics
import subprocess
import sys
from typing import Any
from typing import NamedTuple

from bench import stages

_IMPORT = (
    'import gc, time, {before}\n'
    # Otherwise a garbage collection may run during the import.
    'gc.disable()\n'
    'begin = time.process_time()\n'
    'import {module}\n'
    'print(time.process_time() - begin)\n'
)
_FIXTURE = """
import statistics
import time
import fixtures
import oslo_messaging
from oslo_config import cfg
import unixnotif.fixtures

conf = cfg.ConfigOpts()
conf([], project='bench')
transport = oslo_messaging.get_notification_transport(conf, url='fake://')

def test():
    begin = time.process_time()
    with fixtures.Fixture() as test:
        test.useFixture(unixnotif.fixtures.UnixNotifierFixture(conf))
        notifier = oslo_messaging.Notifier(transport, 'service:host')
        notifier.info({}, 'bench.event', {})
    return time.process_time() - begin

print(statistics.median([test() for _ in range(20)]))
"""


class _Start(NamedTuple):
    """A program that starts.

    :ivar limit: target in milliseconds
    :ivar measure: returns milliseconds, in an environment
    """

    limit: float
    measure: Callable[[dict[str, str]], float]


#: Processes for each row.
FULL = 15
QUICK = 3


def run(stage: stages.Stage, rounds: int) -> list[dict[str, Any]]:
    """Measure; one row for each thing that starts."""
    found: dict[str, list[float]] = {name: [] for name in _STARTS}
    environ = {**os.environ, 'PYTHONPYCACHEPREFIX': stage.directory}
    environ.pop('PYTHONDONTWRITEBYTECODE', None)
    for number in range(rounds + 1):
        for name in random.sample(list(_STARTS), len(_STARTS)):
            ms = _STARTS[name].measure(environ)
            if number:  # the first writes the compiled modules
                found[name].append(ms)
    return [
        {
            'start': name,
            'ms': statistics.median(found[name]),
            'limit': start.limit,
        }
        for name, start in _STARTS.items()
    ]


def _printed(code: str, environ: dict[str, str]) -> float:
    """Return the milliseconds that a program prints as seconds."""
    done = subprocess.run(
        [sys.executable, '-W', 'ignore', '-c', code],
        env=environ,
        stdout=subprocess.PIPE,
        check=True,
    )
    return float(done.stdout) * 1000


def _of_process(command: list[str], environ: dict[str, str]) -> float:
    """Return the milliseconds of CPU time of a whole process."""
    before = os.times()
    subprocess.run(command, env=environ, stdout=subprocess.DEVNULL, check=True)
    after = os.times()
    return 1000 * (
        after.children_user
        - before.children_user
        + after.children_system
        - before.children_system
    )


_STARTS = {
    'import of the driver, after oslo.messaging': _Start(
        12.0,
        functools.partial(
            _printed,
            _IMPORT.format(
                before='oslo_messaging', module='unixnotif.notify_driver'
            ),
        ),
    ),
    'pytest plugin, not used': _Start(
        2.0,
        functools.partial(
            _printed,
            _IMPORT.format(before='pytest', module='unixnotif.pytest_plugin'),
        ),
    ),
    'fixture: set-up, one notification, clean-up': _Start(
        1.5, functools.partial(_printed, _FIXTURE)
    ),
    'unixnotif --help': _Start(
        350.0,
        functools.partial(
            _of_process, [sys.executable, '-m', 'unixnotif', '--help']
        ),
    ),
}
