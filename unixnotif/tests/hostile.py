# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Documents of a hostile peer, and random JSON at the limits.

Rule: the documents are literal text; libraries cannot write most of them.
"""

import json
from typing import Any
from typing import Final

from hypothesis import strategies

from unixnotif import errors
from unixnotif import notification

#: Text that steers a terminal, reorders a line or forges one.
CONTROL: Final = 'a\x1b]0;owned\x07\x1b[31m\x00\x7f\x9b2J\u202e\u2028\nFORGED'

_STRANGE = ['\ud800', 'a\udfff', '\x00', '\u2028', '\x7f', '\x9b', '\u202e']
_text = strategies.text(max_size=20) | strategies.sampled_from(_STRANGE)
_numbers = (
    strategies.integers().map(str)
    | strategies.floats().map(json.dumps)
    | strategies.sampled_from(
        [
            '-0', '-0.0', '-0e0', '1E+2', '1e308', '1e309', '-1e999', '1e-999',
            '1.7976931348623159e308', '9' * 18, '9' * 19, '9' * 20,
            f'-{2**63}', f'{2**64 - 1}', f'{2**64}', '9' * 309,
            '-' + '9' * 4300, '9' * 4301, '9' * 18 + 'e300', '01', '1.',
        ]
    )
)  # fmt: skip
_strings = _text.map(json.dumps) | _text.map(
    lambda text: json.dumps(text, ensure_ascii=False)
)


def _list(items: list[str]) -> str:
    return f'[{",".join(items)}]'


def _object(items: list[tuple[str, str]]) -> str:
    # A key may appear twice.
    return f'{{{",".join(f"{key}:{value}" for key, value in items)}}}'


def _nested(depth: int, start: str, inner: str) -> str:
    end = ']' if start == '[' else '}'
    return start * depth + inner + end * depth


_values = strategies.recursive(
    _numbers | _strings | strategies.sampled_from(['null', 'true', '[]']),
    lambda inner: (
        strategies.lists(inner).map(_list)
        | strategies.lists(strategies.tuples(_strings, inner)).map(_object)
    ),
)
#: JSON as bytes, mostly near the limits; some of it is broken.
texts = (
    _values
    | strategies.builds(
        _nested,
        strategies.integers(90, 110),
        strategies.sampled_from(['[', '{"a":']),
        _values,
    )
).map(lambda text: text.encode('utf-8', 'surrogatepass'))


def document(payload: str = '1', **fields: Any) -> bytes:
    """Return a document with this text in place of the payload."""
    keys = {
        'message_id': 'hostile',
        'publisher_id': 'p',
        'event_type': 'e',
        'priority': 'INFO',
        'timestamp': 't',
        **fields,
    }
    return f'{json.dumps(keys)[:-1]},"payload":{payload}}}'.encode()


def accepted(payload: bytes) -> notification.Notification | None:
    """Return a notification with this payload; None if it is rejected."""
    data = document('0', event_type=CONTROL)
    try:
        read = notification.decode(data[:-2] + payload + b'}')
    except errors.DocumentError:
        return None
    assert isinstance(read, notification.Notification)
    return read


def _lost(**reasons: int) -> bytes:
    count = sum(reasons.values())
    return json.dumps({'lost': {'count': count, 'reasons': reasons}}).encode()


_TEXTS = 'message_id', 'publisher_id', 'event_type', 'priority', 'timestamp'
_everywhere: dict[str, Any] = dict.fromkeys(_TEXTS, CONTROL)
_deep = _nested(400, '[', '')

#: Documents that are accepted.
GOOD: Final[dict[str, bytes]] = {
    # A document is a level itself.
    'deepest list': document(_nested(99, '[', '')),
    'deepest object': document(_nested(99, '{"a":', '1')),
    'deepest context': document(
        context=json.loads(_nested(99, '{"a":', '1')),
    ),
    'greatest integer': document('-' + '9' * 4300),
    'integers': document(f'[{2**63}, {2**64}, {-(2**63) - 1}]'),
    'surrogates': document(
        '{"\\udfff": "\\ud800"}', **dict.fromkeys(_TEXTS, '\ud800')
    ),
    'control characters': document(
        json.dumps({CONTROL: [CONTROL]}),
        **_everywhere,
        topics=[CONTROL],
        exchange=CONTROL,
        context={CONTROL: CONTROL},
    ),
    'raw characters': document(
        '"\x7f\x9b\u202e\u2028"',
    ),
    'long exchange': document(exchange='x' * 100_000),
    'many brackets': document(json.dumps('[{' * 1000)),
    'many lists': document(_list(['[]'] * 1000)),
    'key twice': document('{"a": 1, "a": 2}'),
    'lost twice': document(lost=5),
}
#: Lost records that are accepted, with the highest counts.
LOST: Final[dict[str, bytes]] = {
    'most': _lost(buffer_full=2**32 - 1),
    'most again': _lost(buffer_full=2**32 - 1),
    'reasons': _lost(**{f'{"r" * 98}{n:02}': 1 for n in range(100)}),
    'more reasons': _lost(**{f'other-{n}.{"s" * 80}': 1 for n in range(99)}),
}
#: Documents and lost records that are rejected.
BAD: Final[dict[str, bytes]] = {
    **{
        f'{depth} {name}': document(_nested(depth, start, inner))
        for name, start, inner in (
            ('lists', '[', ''),
            ('objects', '{"a":', '1'),
        )
        for depth in (100, 253, 255, 900, *range(950, 1030, 5), 5000)
    },
    'deep context': document()[:-1] + f',"context":{{"a":{_deep}}}}}'.encode(),
    'unknown deep key': document()[:-1] + f',"new":{_deep}}}'.encode(),
    'greater integer': document('9' * 4301),
    'infinity': document('[1e999]'),
    'negative infinity': document('-1e999'),
    'NaN': document('NaN'),
    'keys': json.dumps({CONTROL: CONTROL}).encode(),
    'wrong type': document(priority=[CONTROL, {CONTROL: CONTROL}]),
    'broken': json.dumps(CONTROL).encode()[:-1],
    'escape': b'"\\\x1b[31m"',
    'raw': CONTROL.encode(),
    'lost 2**32': _lost(x=2**32),
    'lost 2**63': _lost(x=2**63 - 1),
    'lost sum': _lost(x=2**32 - 1, y=1),
    'escape in a reason': _lost(**{CONTROL: 1}),
    'newline after a reason': _lost(**{'buffer_full\n': 1}),
    'space in a reason': _lost(**{'a b': 1}),
    'empty reason': _lost(**{'': 1}),
    'long reason': _lost(**{'x' * 101: 1}),
    'many reasons': _lost(**{f'r{n}': 1 for n in range(101)}),
    'two lost records': (
        b'{"lost":5,"lost":{"count":1,"reasons":{"\\u001b":1}}}'
    ),
}
