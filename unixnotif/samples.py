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

"""Sample files of notifications, as nova and others keep them in ``doc/``.

Rule: a sample is a JSON object in which ``{"$ref": "file.json#"}`` stands
for another file's content, with the keys beside ``$ref`` merged over it.
"""

import copy
import os
from typing import Any

from unixnotif import document
from unixnotif import errors

_REF = '$ref'


def load(path: str | os.PathLike[str]) -> Any:
    """The sample in a file, with every reference resolved.

    :raises UnavailableError: the file, or one it refers to, cannot be read
    :raises DocumentError: it is not JSON, or its references have no end
    """
    return _load(os.fspath(path), ())


def _load(path: str, above: tuple[str, ...]) -> Any:
    path = os.path.normpath(path)
    if path in above:
        raise errors.DocumentError(
            'samples refer to each other: ' + ' -> '.join((*above, path))
        )
    try:
        with open(path, 'rb') as file:
            data = file.read()
    except OSError as e:
        raise errors.UnavailableError(f'sample {path}: {e.strerror}') from e
    try:
        value = document.decode(data)
    except errors.DocumentError as e:
        raise errors.DocumentError(f'sample {path}: {e}') from None
    return _resolve(value, (*above, path))


def _resolve(value: Any, above: tuple[str, ...]) -> Any:
    if isinstance(value, list):
        return [_resolve(item, above) for item in value]
    if not isinstance(value, dict):
        return value
    resolved = {
        key: _resolve(item, above)
        for key, item in value.items()
        if key != _REF
    }
    if _REF not in value:
        return resolved
    name, _, pointer = str(value[_REF]).partition('#')
    if pointer or not name:
        raise errors.DocumentError(
            f'sample {above[-1]}: {value[_REF]!r} does not name a whole file, '
            'such as "common_payloads/FlavorPayload.json#"'
        )
    base = _load(os.path.join(os.path.dirname(above[-1]), name), above)
    return _merged(base, resolved)


def _merged(base: Any, over: dict[str, Any]) -> Any:
    if not over:
        return base
    merged = copy.copy(base) if isinstance(base, dict) else {}
    for key, value in over.items():
        below = merged.get(key)
        both = isinstance(below, dict) and isinstance(value, dict)
        merged[key] = _merged(below, value) if both else value
    return merged
