# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The report page of what the fixture captured.

Rule: the fixture records, as in a test run with ``UNIXNOTIF_RECORD``. The
page is the only file that stays.
"""

from collections.abc import Iterator
import contextlib
import os
import pathlib
import subprocess
import sys
import tempfile

from demo import processes

_VARIABLE = 'UNIXNOTIF_RECORD'


@contextlib.contextmanager
def recorded(directory: str) -> Iterator[pathlib.Path]:
    """Record what fixtures capture; yield the directory of recordings."""
    recordings = pathlib.Path(directory, 'recordings')
    os.environ[_VARIABLE] = str(recordings)
    try:
        yield recordings
    finally:
        del os.environ[_VARIABLE]


def write(recordings: pathlib.Path) -> str:
    """Write a page of recordings.

    :returns: path of the page; '' if nothing was captured
    :raises DemoError: the command fails
    """
    files = sorted(map(str, recordings.glob('*.jsonl')))
    if not files:
        return ''
    descriptor, path = tempfile.mkstemp('.html', 'unixnotif-demo-')
    os.close(descriptor)
    done = subprocess.run(
        [
            *(sys.executable, '-W', 'ignore', '-m', 'unixnotif', 'report'),
            *(*files, '--output', path),
            *('--title', 'Notifications of the demonstration'),
        ],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        os.unlink(path)
        raise processes.DemoError(f'unixnotif report: {done.stderr.strip()}')
    return path
