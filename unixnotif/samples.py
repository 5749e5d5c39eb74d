# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Sample files of notifications, as nova and others keep them in ``doc/``.

Rule: a sample is a JSON object in which ``{"$ref": "file.json#"}`` stands
for another file's content, with the keys beside ``$ref`` merged over it.
"""

import os
from typing import Any

from unixnotif import document
from unixnotif import errors

_REF = '$ref'


def load(path: str | os.PathLike[str]) -> Any:
    """Return the sample in a file, with every reference resolved.

    :raises UnavailableError: the file, or a file in its references, cannot be
        read
    :raises DocumentError: a file is not JSON, or files refer to each other in
        a circle
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
        origin = f' (from {above[-1]})' if above else ''
        raise errors.UnavailableError(
            f'sample {path}: {e.strerror}{origin}'
        ) from e
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
    over = {
        key: _resolve(item, above)
        for key, item in value.items()
        if key != _REF
    }
    if _REF not in value:
        return over
    base = _referred(value[_REF], above)
    if over and not isinstance(base, dict):
        raise errors.DocumentError(
            f'sample {above[-1]}: {value[_REF]!r} is not an object, so '
            'nothing can be merged into it'
        )
    return _merged(base, over) if over else base


def _referred(ref: object, above: tuple[str, ...]) -> Any:
    name, _, pointer = str(ref).partition('#')
    if pointer or not name or not isinstance(ref, str):
        raise errors.DocumentError(
            f'sample {above[-1]}: {ref!r} does not name a whole file, '
            'such as "common_payloads/FlavorPayload.json#"'
        )
    return _load(os.path.join(os.path.dirname(above[-1]), name), above)


def _merged(below: Any, over: Any) -> Any:
    if not (isinstance(below, dict) and isinstance(over, dict)):
        return over
    merged = dict(below)
    for key, value in over.items():
        merged[key] = _merged(below[key], value) if key in below else value
    return merged
