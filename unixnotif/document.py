# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""JSON: how a document becomes bytes, and bytes a value.

Rule: pure functions. orjson writes and msgspec reads what they can, when they
are installed; the standard library does the rest, so that all ways give the
same document.

Every value that :func:`decode` returns can be encoded again, and is equal
after that.
"""

from collections.abc import Callable
from collections.abc import Mapping
import functools
import json
import math
from typing import Any
from typing import Final

from unixnotif import errors
from unixnotif import primitives

try:
    import orjson
except ImportError:  # the extra "fast" is not installed
    orjson = None  # type: ignore[assignment]
    _OPTIONS = 0
else:
    # orjson writes subclasses without regard to their methods, so that a dict
    # that masks a password would be written in clear.
    _OPTIONS = (
        orjson.OPT_PASSTHROUGH_DATACLASS
        | orjson.OPT_PASSTHROUGH_DATETIME
        | orjson.OPT_PASSTHROUGH_SUBCLASS
    )

#: Maximum depth of lists and objects inside each other. Writers and printers
#: of JSON recurse: those of Python fail near 1000 levels, orjson at 255.
MAX_DEPTH: Final = 100
#: Maximum number of lists and objects in a document. Each costs a parser some
#: 100 bytes and half a microsecond. The bytes ``[`` and ``{`` are counted, in
#: text as well. Payloads of nova have one in 88 bytes or more.
MAX_CONTAINERS: Final = 250_000
#: Maximum number of lists, objects and their items in a document: the bytes
#: ``,`` are counted, too. Payloads of nova have one in 20 bytes or more.
MAX_ITEMS: Final = 1_000_000
# Maximum number of items of an envelope, which adds a level around a value.
_ENVELOPE: Final = 100

_LARGE: Final = 1 << 16
# Escape sequences of the bytes that are counted. If the text is written again,
# it may hold the bytes themselves. An escaped backslash is counted, too: if
# the text is written again, the backslash may look like the beginning of one
# of these sequences.
_ESCAPED_BACKSLASH = rb'\u005c', rb'\u005C'
_ESCAPED = (
    rb'\u005b',
    rb'\u005B',
    rb'\u007b',
    rb'\u007B',
    *_ESCAPED_BACKSLASH,
)
_ESCAPED_COMMA = rb'\u002c', rb'\u002C', *_ESCAPED_BACKSLASH
_NOT_BRACKETS = bytes(set(range(256)) - set(b'[]{}'))
_AS_LISTS = bytes.maketrans(b'{}', b'[]')


def encode(
    document: Mapping[str, Any],
    default: primitives.Default | None = None,
    max_depth: int = MAX_DEPTH,
) -> bytes:
    """Write a document as UTF-8 JSON without a newline.

    If orjson is installed, it writes the document. If orjson refuses the
    document (keys that are not strings, integers over 64 bits, lone
    surrogates, deep nesting), the standard library writes it. With both, NaN
    and infinities, which JSON does not have, become null, and an Enum becomes
    its value. Both libraries write an instance of a subclass as
    :mod:`unixnotif.primitives` converts it.

    :param default: called for values that JSON cannot take, as in
        :func:`json.dumps`; without it they are an error
    :param max_depth: see :func:`decode`
    :raises DocumentError: the document cannot be written, or exceeds a limit
        of :func:`decode`
    """
    data = _encode(document, default)
    starts = check_size(data, max_depth)
    if starts > max_depth and _is_text_deeper(data, max_depth):
        raise _too_deep(max_depth)
    return data


def _encode(
    document: Mapping[str, Any], default: primitives.Default | None
) -> bytes:
    if orjson is not None:
        try:
            return orjson.dumps(document, _converters[default], _OPTIONS)
        except TypeError:
            pass
    try:
        return _encode_exactly(document, default)
    except (TypeError, ValueError, RecursionError) as e:
        raise errors.DocumentError(
            f'a notification cannot be written as JSON: {_reason(e)}'
        ) from e


def _encode_exactly(
    document: Mapping[str, Any], default: primitives.Default | None
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
def _writer(
    default: primitives.Default | None, strict: bool
) -> Callable[[Any], str]:
    """Return a cached encoder, because creating one is slow.

    :param strict: refuse NaN, and escape only the characters that JSON must
        escape
    """
    return json.JSONEncoder(
        default=_converters[default],
        separators=(',', ':'),
        allow_nan=not strict,
        ensure_ascii=not strict,
    ).encode


class _Converters(dict[primitives.Default | None, primitives.Default]):
    """The function for values of other types, by the argument ``default``.

    Each document needs a lookup. A lookup in this dict takes a third of the
    time of a lookup in functools.lru_cache.
    """

    def __missing__(self, default: primitives.Default | None) -> Any:
        if len(self) >= _MAX_CONVERTERS:
            self.clear()
        self[default] = found = functools.partial(primitives.convert, default)
        return found


_MAX_CONVERTERS: Final = 8
_converters = _Converters()


def decode(data: bytes, max_depth: int = MAX_DEPTH) -> Any:
    """Read any JSON value, strictly.

    :param max_depth: maximum number of lists and objects inside each other.
        Each level beyond MAX_DEPTH raises the limits MAX_CONTAINERS and
        MAX_ITEMS by 100, for the items of an envelope
    :raises DocumentError: the data is not JSON, is nested too deeply, has too
        many items, or has a number that Python cannot read exactly or write
        again
    """
    return read(data, check_size(data, max_depth), max_depth)


def read(data: bytes, starts: int, max_depth: int = MAX_DEPTH) -> Any:
    """Read a JSON value whose size was checked; see :func:`decode`.

    :param starts: what :func:`check_size` returned
    """
    value = _load(data)
    if starts > max_depth and _is_deeper(value, max_depth):
        raise _too_deep(max_depth)
    return value


def check_size(data: bytes, max_depth: int = MAX_DEPTH) -> int:
    """Count the lists and objects before a parser does anything.

    The time of a parser depends on the number of items.

    :returns: an upper bound of the number of lists and objects; if it is at
        most ``max_depth``, the value is not nested too deeply
    :raises DocumentError: the data has too many containers or items
    """
    starts = count_containers(data)
    if len(data) > MAX_CONTAINERS // 2:
        _check_number(data, starts, max_depth)
    return starts


@functools.cache
def typed_reader(kind: Any) -> Callable[[bytes], Any] | None:
    """Return a function that reads JSON and checks the types of its values.

    The function raises ValueError or RecursionError if it refuses the data.
    Then :func:`decode` raises an error with the reason, or reads the data.

    The library is imported at the first call: a service that only emits does
    not need it.

    :param kind: Any, or a TypedDict
    :returns: None without msgspec
    """
    try:
        import msgspec
    except ImportError:  # the extra "fast" is not installed
        return None
    # Its own parser needs 13 microseconds for 1e308; float() needs 0.3.
    return msgspec.json.Decoder(kind, float_hook=_finite).decode


def parse(data: bytes) -> Any:
    """Read any JSON value of a trusted file, strictly, without limits.

    :raises DocumentError: it is not JSON, or holds a number that Python
        cannot read exactly or write again
    """
    return _load(data)


def _load(data: bytes) -> Any:
    read = typed_reader(Any)
    if read is not None:
        try:
            return read(data)
        except (ValueError, RecursionError):
            # It also refuses lone surrogates.
            pass
    return _decode_exactly(data)


def count_containers(data: bytes) -> int:
    """Return the number of bytes that begin a list or an object.

    Those in text are counted as well.
    """
    size = len(data)
    if size > _LARGE:
        return data.count(b'[') + data.count(b'{')
    # replace() uses memchr(3). Since brackets are rare, it takes half the time
    # of count() in small documents.
    rest = len(data.replace(b'[', b'')) + len(data.replace(b'{', b''))
    return 2 * size - rest


def _check_number(data: bytes, starts: int, max_depth: int) -> None:
    """Check the numbers of containers and of items.

    :param starts: number of containers that are not written as escapes
    :raises DocumentError: there are too many
    """
    more = (max_depth - MAX_DEPTH) * _ENVELOPE
    if len(data) <= MAX_CONTAINERS + more:
        return
    # In one pass over a large document. Only a document with many escapes
    # needs a pass for each kind of them.
    escapes = data.count(rb'\u') if b'\\' in data else 0
    if starts + escapes > MAX_CONTAINERS + more:
        exact = starts + sum(map(data.count, _ESCAPED))
        _check(exact, MAX_CONTAINERS + more, 'lists and objects')
    if len(data) > MAX_ITEMS + more:
        items = starts + data.count(b',')
        # An escaped backslash counts twice.
        if items + 2 * escapes > MAX_ITEMS + more:
            items += sum(map(data.count, (*_ESCAPED, *_ESCAPED_COMMA)))
            _check(items, MAX_ITEMS + more, 'items')


def _check(number: int, most: int, what: str) -> None:
    if number > most:
        raise errors.DocumentError(
            f'a JSON document of {number} {what}; the maximum is {most} '
            '(brackets and commas in strings count, too)'
        )


def _too_deep(max_depth: int) -> errors.DocumentError:
    return errors.DocumentError(
        f'a JSON document of more than {max_depth} nested levels'
    )


def _is_text_deeper(data: bytes, depth: int) -> bool:
    """Return True if valid JSON has more than ``depth`` nested levels.

    The first check, which is fast, also counts brackets in text: most text has
    none, or pairs of them. If the brackets in text happen to match those of a
    deep document, the check overlooks the document, and consumers reject it.
    """
    if not _has_more_levels(data, depth // 5):
        return False
    if b'\\' in data:
        data = data.replace(rb'\\', b'').replace(rb'\"', b'')
    return _has_more_levels(b''.join(data.split(b'"')[::2]), depth)


def _has_more_levels(data: bytes, depth: int) -> bool:
    """Return True if brackets are nested deeper, or have no counterpart."""
    brackets = data.translate(_AS_LISTS, _NOT_BRACKETS)
    for _ in range(depth):
        if not brackets:
            return False
        # Remove the innermost level everywhere.
        brackets = brackets.replace(b'[]', b'')
    return bool(brackets)


def _decode_exactly(data: bytes) -> Any:
    try:
        return _parse(data.decode())
    except (ValueError, RecursionError) as e:
        raise errors.DocumentError(
            f'not a JSON document: {_reason(e)}'
        ) from None


def _reason(error: Exception) -> str:
    """Return the message of an error, without advice for programmers."""
    return str(error).partition('; use sys.set_int_max_str_digits()')[0]


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
    """Read a number; refuse one that is too large for a float."""
    value = float(text)
    if math.isinf(value):
        raise ValueError(f'a number is too large: {text:.20}')
    return value


# json.loads() would create a decoder for each call.
_parse = json.JSONDecoder(
    parse_constant=_refuse_constant, parse_float=_finite
).decode
