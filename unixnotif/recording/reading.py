#    Licensed under the Apache License, Version 2.0 (the "License"); you may
#    not use this file except in compliance with the License. You may obtain
#    a copy of the License at
#
#         http://www.apache.org/licenses/LICENSE-2.0
#
#    Unless required by applicable law or agreed to in writing, software
#    distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
#    WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
#    License for the specific language governing permissions and limitations
#    under the License.

"""Reads recordings.

Rule: what a killed process leaves is readable but for its last line.
"""

from collections.abc import Iterable
from collections.abc import Iterator
import os
import re

from unixnotif import errors
from unixnotif.recording import lines


def read(path: str) -> Iterator[lines.Line]:
    """The notifications of a recording, in their order, and what was lost.

    :raises UnavailableError: it cannot be read
    :raises DocumentError: it is not a recording, or a line is broken; names
        the line. A last line without its newline was being written when
        the process ended, and is left out.
    """
    try:
        with open(path, 'rb') as file:
            yield from _read_lines(path, file)
    except OSError as e:
        raise errors.UnavailableError(f'recording {path}: {e.strerror}') from e


def _read_lines(path: str, found: Iterable[bytes]) -> Iterator[lines.Line]:
    for number, line in enumerate(found, 1):
        if not line.endswith(b'\n'):
            return
        try:
            if number == 1:
                lines.check_format(line)
            else:
                yield lines.decode(line)
        except errors.DocumentError as e:
            raise errors.DocumentError(
                f'recording {path}, line {number}: {e}'
            ) from None


def files(path: str) -> list[str]:
    """The files of a recording that rotates, oldest first.

    :param path: of the newest, which is the last of them if it is there
    :raises UnavailableError: its directory cannot be read
    """
    directory, name = os.path.split(path)
    numbered = re.compile(rf'{re.escape(name)}\.([1-9][0-9]*)')
    try:
        matches = map(numbered.fullmatch, os.listdir(directory or '.'))
    except OSError as e:
        raise errors.UnavailableError(
            f'directory {directory or "."}: {e.strerror}'
        ) from e
    numbers = sorted((int(m[1]) for m in matches if m), reverse=True)
    found = [f'{path}.{number}' for number in numbers]
    return [*found, path] if os.path.exists(path) else found
