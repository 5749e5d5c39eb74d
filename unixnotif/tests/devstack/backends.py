# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0


"""The concurrency backend of each process of nova, from its log.

Rule: nova warns about eventlet when a process starts, before it configures
its logging. It announces native threading at level INFO, which no handler
shows yet. Therefore a process without the warning runs native threading.
"""

from collections.abc import Sequence
import json
import os
import re
import subprocess

BACKENDS = ('eventlet', 'threading')

_EVENTLET = 'Eventlet based concurrency mode'
# uWSGI logs this line for each process that loads the application.
_LOADED = re.compile(r'WSGI app \d+ .*\bready in .*\bpid: (\d+)')
# Console proxies emit nothing, and have another default backend.
_PROXY = re.compile(r'@n-(novnc|spice|sproxy)\b')
_TIMEOUT = 60


def mismatches(unit: str, journal: str, backend: str) -> list[str]:
    """Return one line for each process that runs the other backend.

    :param unit: name of the unit, for the messages
    :param journal: the unit's log in the format "json" of journalctl
    :param backend: the expected one of :data:`BACKENDS`
    """
    eventlet: set[int] = set()
    loaded: set[int] = set()
    for line in journal.splitlines():
        entry = json.loads(line)
        message = entry.get('MESSAGE')
        if not isinstance(message, str):
            # journalctl writes binary messages as lists of numbers.
            continue
        if _EVENTLET in message:
            eventlet.add(int(entry['_PID']))
        elif found := _LOADED.search(message):
            loaded.add(int(found[1]))
    if not journal.strip():
        return [f'{unit}: the journal has no entry of this unit']
    if backend == 'threading':
        wrong = eventlet
    elif not eventlet and not loaded:
        return [f'{unit}: no process runs eventlet']
    else:
        wrong = loaded - eventlet
    return [
        f'{unit}: process {pid} does not run {backend}'
        for pid in sorted(wrong)
    ]


def units() -> list[str]:
    """Return the running units of nova that emit notifications.

    :raises AssertionError: the command fails, or there is no unit
    """
    output = _run(
        'systemctl', 'list-units', '--type=service', '--state=running',
        '--plain', '--no-legend', 'devstack@n-*',
    )  # fmt: skip
    names = [line.split()[0] for line in output.splitlines() if line.strip()]
    names = [name for name in names if not _PROXY.search(name)]
    if not names:
        raise AssertionError('no unit devstack@n-* runs on this host')
    return sorted(names)


def journal(unit: str) -> str:
    """Return the log of a unit since its last start.

    :raises AssertionError: the command fails
    """
    invocation = _run(
        'systemctl', 'show', '--property=InvocationID', '--value', unit
    ).strip()
    return _run(
        'journalctl', '--output=json', '--output-fields=MESSAGE,_PID',
        f'_SYSTEMD_INVOCATION_ID={invocation}',
    )  # fmt: skip


def _run(*command: str) -> str:
    # Only root and some groups may read the journal.
    prefix: Sequence[str] = (
        () if os.geteuid() == 0 else ('sudo', '--non-interactive')
    )
    try:
        done = subprocess.run(
            [*prefix, *command],
            check=False,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_TIMEOUT,
        )
    except OSError as e:
        raise AssertionError(f'cannot run {" ".join(command)}: {e}') from e
    if done.returncode:
        raise AssertionError(
            f'{" ".join(command)} fails: {done.stderr.strip()}; the user '
            'needs sudo without a password'
        )
    return done.stdout
