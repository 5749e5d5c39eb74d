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

"""JSON: how a document becomes bytes, and bytes a value.

Rule: pure functions. orjson, when it is installed, does what it can; the
standard library does the rest, so that both ways give the same document.
Every value that :func:`decode` returns can be encoded again, and is equal
after that.
"""

from collections.abc import Callable
from collections.abc import Mapping
import enum
import functools
import json
import math
from typing import Any
from typing import Final

from unixnotif import errors

try:
    import orjson
except ImportError:  # the extra "fast" is not installed
    orjson = None  # type: ignore[assignment]

#: Maximum depth of lists and objects inside each other. Writers and printers
#: of JSON recurse: those of Python fail near 1000 levels, orjson at 255.
MAX_DEPTH: Final = 100

# What one pass over a document finds: digits, and the starts of containers.
_MARKS = bytes(
    ord('0') if chr(i).isdecimal() else ord('[') if chr(i) in '[{' else 0
    for i in range(256)
)
# orjson reads an integer over 64 bits as a float; 19 digits may be one.
_LONG_NUMBER = b'0' * 19

#: What is done with a value that JSON cannot take.
Default = Callable[[Any], Any]


def encode(
    document: Mapping[str, Any], default: Default | None = None
) -> bytes:
    """Write a document as UTF-8 JSON without a newline.

    With orjson installed it does the work; what it refuses (keys that are
    not strings, integers over 64 bits, lone surrogates, deep nesting) is
    written by the standard library. NaN and infinities, which JSON does not
    have, become null either way, and an Enum its value.

    :param default: called for values that JSON cannot take, as in
        :func:`json.dumps`; without it they are an error
    :raises DocumentError: it cannot be written
    """
    if orjson is not None:
        try:
            return orjson.dumps(
                document,
                default,
                orjson.OPT_PASSTHROUGH_DATETIME
                | orjson.OPT_PASSTHROUGH_DATACLASS,
            )
        except TypeError:
            pass
    try:
        return _encode_exactly(document, default)
    except (TypeError, ValueError, RecursionError) as e:
        raise errors.DocumentError(
            f'a notification cannot be written as JSON: {e}'
        ) from e


def _encode_exactly(
    document: Mapping[str, Any], default: Default | None
) -> bytes:
    write = _writer(default, True)
    try:
        text = write(document)
    except ValueError:
        # NaN somewhere, or a circular reference, which fails again here.
        loose = _writer(default, False)(document)
        document = json.loads(loose, parse_constant=lambda name: None)
        text = write(document)
    try:
        return text.encode()
    except UnicodeEncodeError:
        # A lone surrogate has no UTF-8; JSON can still escape it.
        return _writer(default, False)(document).encode()


@functools.lru_cache(maxsize=8)
def _writer(default: Default | None, strict: bool) -> Callable[[Any], str]:
    """Kept, for making one costs a fifth of writing a small document.

    :param strict: refuse NaN, and escape nothing that need not be
    """
    return json.JSONEncoder(
        default=functools.partial(_convert, default),
        separators=(',', ':'),
        allow_nan=not strict,
        ensure_ascii=not strict,
    ).encode


def _convert(default: Default | None, value: Any) -> Any:
    if isinstance(value, enum.Enum):
        return value.value  # as orjson does
    if default is None:
        raise TypeError(f'{type(value).__name__} is not JSON')
    return default(value)


def decode(data: bytes, max_depth: int = MAX_DEPTH) -> Any:
    """Read any JSON value, strictly.

    :param max_depth: maximum number of lists and objects inside each other
    :raises DocumentError: it is not JSON, nested too deeply, or holds a
        number that Python cannot read exactly or write again
    """
    marks = data.translate(_MARKS)
    if orjson is None or _LONG_NUMBER in marks:
        value = _decode_exactly(data)
    else:
        try:
            value = orjson.loads(data)
        except ValueError:
            # orjson also refuses lone surrogates.
            value = _decode_exactly(data)
    # As count(b'[') would, in half the time: replace() uses memchr(3).
    starts = len(marks) - len(marks.replace(b'[', b''))
    if starts > max_depth and _is_deeper(value, max_depth):
        raise errors.DocumentError(
            f'a JSON document of more than {max_depth} nested levels'
        )
    return value


def _decode_exactly(data: bytes) -> Any:
    try:
        return _parse(data.decode())
    except (ValueError, RecursionError) as e:
        raise errors.DocumentError(f'not a JSON document: {e}') from None


def _is_deeper(value: Any, depth: int) -> bool:
    """Return True if a value has more than ``depth`` nested levels."""
    level = [value] if type(value) in _CONTAINERS else []
    for _ in range(depth):
        level = [
            inner
            for each in level
            for inner in (each.values() if type(each) is dict else each)
            if type(inner) in _CONTAINERS
        ]
    return bool(level)


_CONTAINERS = frozenset([dict, list])


def _refuse_constant(name: str) -> None:
    raise ValueError(f'{name} is not JSON')


def _finite(text: str) -> float:
    """Read a number; JSON has no infinity to write it as again."""
    value = float(text)
    if math.isinf(value):
        raise ValueError(f'a number is too large: {text:.20}')
    return value


# json.loads() would create a decoder for each call.
_parse = json.JSONDecoder(
    parse_constant=_refuse_constant, parse_float=_finite
).decode
