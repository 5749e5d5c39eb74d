# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Installations of the driver: here, and where a service runs.

Rule: an interpreter is started only if the caller names it. A process may
name any program as its interpreter, so its environment is only read.
"""

from collections.abc import Iterator
import dataclasses
import functools
from importlib import metadata
import json
import os
import re
import subprocess
import sys
from typing import Final
import warnings

from unixnotif import errors
from unixnotif.doctor import files
from unixnotif.doctor import processes

_GROUP: Final = 'oslo.messaging.notify.drivers'
_ADVICE: Final = (
    'pass the interpreter of the service, for example '
    '--python /opt/nova/bin/python'
)
_SECONDS: Final = 60
_MOST_BYTES: Final = 64 * 1024
_MOST_NAMES: Final = 20_000
_DISTRIBUTION: Final = re.compile(r'unixnotif-([^-]+)\.(?:dist|egg)-info')
_QUESTION: Final = f"""
import importlib.metadata as metadata, json
answer = dict(version='', driver='')
try:
    answer['version'] = metadata.version('unixnotif')
    found = metadata.entry_points(group='{_GROUP}', name='unix')
    for each in found:
        answer['driver'] = 'loads'
        try:
            each.load()
        except Exception as e:
            answer['driver'] = f'{{type(e).__name__}}: {{e}}'
except metadata.PackageNotFoundError:
    pass
print('unixnotif-doctor', json.dumps(answer))
"""


@dataclasses.dataclass(frozen=True, slots=True)
class Installation:
    """The package in one environment.

    :param where: the interpreter, or the directory of the environment
    :param version: of the package; empty if it is not installed
    :param driver: ``loads``, ``registered``, an error, or empty if the entry
        point is missing
    """

    where: str
    version: str = ''
    driver: str = ''


@functools.cache
def here() -> Installation:
    """Return the installation that this process runs from."""
    driver = ''
    for entry in metadata.entry_points(group=_GROUP, name='unix'):
        try:
            # Libraries warn about themselves when they are imported.
            with warnings.catch_warnings():
                warnings.simplefilter('ignore')
                entry.load()
            driver = 'loads'
        except Exception as e:
            driver = f'{type(e).__name__}: {e}'
    return Installation(sys.executable, metadata.version('unixnotif'), driver)


def of_python(python: str) -> Installation:
    """Ask an interpreter.

    :param python: path, for example /opt/nova/bin/python
    :raises UnavailableError: it cannot be asked
    """
    try:
        done = subprocess.run(  # noqa: S603 the caller named it
            # -I: neither the working directory nor the user's packages.
            [python, '-I', '-W', 'ignore', '-c', _QUESTION],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise errors.UnavailableError(
            f'{python} has not answered for {_SECONDS} seconds'
        ) from None
    except OSError as e:
        raise errors.UnavailableError(
            f'{python}: {e.strerror}; {_ADVICE}'
        ) from e
    for line in done.stdout.splitlines():
        word, _, answer = line.partition(b' ')
        if word == b'unixnotif-doctor':
            return Installation(python, **json.loads(answer))
    raise errors.UnavailableError(
        f'{python} is not a Python interpreter, or cannot start (exit code '
        f'{done.returncode}); {_ADVICE}'
    )


def of_process(process: processes.Process) -> Installation | None:
    """Look for the package in the environment of a process.

    :returns: None if the environment is unknown
    """
    root = f'/proc/{process.pid}/root'
    for prefix in _prefixes(process, root):
        places = list(_places(root + prefix))
        if not places:
            continue
        for place in places:
            for version, path in _distributions(place):
                driver = _entry_point(f'{path}/entry_points.txt')
                return Installation(prefix, version, driver)
        return Installation(prefix)
    return None


def _prefixes(process: processes.Process, root: str) -> Iterator[str]:
    """Yield directories in which a process may find packages."""
    # A virtual environment shows in the path by which it was started.
    for argument in process.arguments[:2]:
        if argument.startswith('/'):
            prefix = os.path.dirname(os.path.dirname(argument))
            if os.path.isfile(f'{root}{prefix}/pyvenv.cfg'):
                yield prefix
    variables = process.environment or {}
    if variables.get('VIRTUAL_ENV', '').startswith('/'):
        yield variables['VIRTUAL_ENV']
    if os.path.basename(process.executable).startswith('python'):
        yield os.path.dirname(os.path.dirname(process.executable))


def _places(prefix: str) -> Iterator[str]:
    """Yield the directories with packages below a prefix."""
    for base in (prefix, f'{prefix}/local'):
        for library in ('lib', 'lib64'):
            for name in _names(f'{base}/{library}'):
                if not name.startswith('python'):
                    continue
                for packages in ('site-packages', 'dist-packages'):
                    place = f'{base}/{library}/{name}/{packages}'
                    if os.path.isdir(place):
                        yield place


def _distributions(place: str) -> Iterator[tuple[str, str]]:
    for name in _names(place):
        if match := _DISTRIBUTION.fullmatch(name):
            yield match[1], f'{place}/{name}'


def _names(path: str) -> list[str]:
    try:
        with os.scandir(path) as entries:
            return [
                entry.name
                for entry, _ in zip(entries, range(_MOST_NAMES), strict=False)
            ]
    except OSError:
        return []


def _entry_point(path: str) -> str:
    """Return ``registered`` if a file of entry points has the driver."""
    try:
        text = files.read(path, _MOST_BYTES).decode(errors='replace')
    except OSError:
        return ''
    _, _, drivers = text.partition(f'[{_GROUP}]')
    section = drivers.partition('[')[0]
    found = re.search(r'(?m)^\s*unix\s*=', section)
    return 'registered' if found else ''
