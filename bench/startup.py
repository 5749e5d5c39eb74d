# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The time that a process or a test spends before it does anything.

Rule: CPU time, the median of many processes, which take turns. Modules are
compiled before, as after an installation.
"""

import os
import random
import statistics
import subprocess
import sys
from typing import Any

from bench import stages

_IMPORT = (
    'import gc, time, {before}\n'
    # By chance, a collection of all objects falls into the import.
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
#: Python code that prints seconds, and the limit in milliseconds.
_PROGRAMS = {
    'import of the driver, after oslo.messaging': (
        _IMPORT.format(
            before='oslo_messaging', module='unixnotif.notify_driver'
        ),
        12.0,
    ),
    'pytest plugin, not used': (
        _IMPORT.format(before='pytest', module='unixnotif.pytest_plugin'),
        2.0,
    ),
    'fixture: set-up, one notification, clean-up': (_FIXTURE, 1.5),
}
_HELP = [sys.executable, '-m', 'unixnotif', '--help']
_MAX_HELP = 350.0

#: Processes for each row.
FULL = 15
QUICK = 3


def run(stage: stages.Stage, rounds: int) -> list[dict[str, Any]]:
    """Measure; one row for each thing that starts."""
    found: dict[str, list[float]] = {}
    names = [*_PROGRAMS, 'unixnotif --help']
    environ = {**os.environ, 'PYTHONPYCACHEPREFIX': stage.directory}
    environ.pop('PYTHONDONTWRITEBYTECODE', None)
    for number in range(rounds + 1):
        for name in random.sample(names, len(names)):
            if name in _PROGRAMS:
                ms = _printed(_PROGRAMS[name][0], environ)
            else:
                ms = _of_process(_HELP, environ)
            if number:  # the first writes the compiled modules
                found.setdefault(name, []).append(ms)
    return [
        {
            'start': name,
            'ms': statistics.median(found[name]),
            'limit': _PROGRAMS[name][1] if name in _PROGRAMS else _MAX_HELP,
        }
        for name in names
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
