# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Versions in the text of a catalogue, each read once.

Rule: two catalogues of a project have most versions in common. The text of a
version that was read before is not read again. What is read is what the whole
text says: a text that cannot be split is read as a whole.
"""

import hashlib
from typing import NamedTuple
import weakref

from unixnotif.contract import catalogues

# As the encoder writes them: a version begins and ends at this depth. A raw
# newline is never within a string of JSON.
_BEGIN = b'\n    "'
_OBJECT = b'": {'
_END = b'\n    }'

#: Schemas in use, by the digest of their text.
_known: 'weakref.WeakValueDictionary[bytes, catalogues.Schema]' = (
    weakref.WeakValueDictionary()
)


class Split(NamedTuple):
    """A text without its versions.

    :ivar rest: the text, with an index of ``keys`` in place of each version
    :ivar keys: of the versions, for :func:`keep`
    :ivar known: the schemas that were read before, by key
    :ivar texts: the texts of the other versions, as JSON objects, by key
    """

    rest: bytes
    keys: list[bytes]
    known: dict[bytes, catalogues.Schema]
    texts: dict[bytes, bytes]


def split(data: bytes) -> Split:
    """Take the versions out of a text; none, if it is laid out otherwise."""
    rest: list[bytes] = []
    found = Split(b'', [], {}, {})
    find, view = data.find, memoryview(data)
    start = 0
    while (begin := find(_BEGIN, start)) >= 0:
        line_end = find(b'\n', begin + 1)
        end = find(_END, line_end)
        if line_end < 0 or end < 0:
            break
        if not data.endswith(_OBJECT, begin, line_end):
            rest.append(data[start:line_end])
            start = line_end
            continue
        begin, end = line_end - 1, end + len(_END)
        # Of a version that is known, the text is not copied.
        key = hashlib.blake2b(view[begin:end], digest_size=16).digest()
        schema = _known.get(key)
        if schema is not None:
            found.known[key] = schema
        elif key not in found.texts:
            found.texts[key] = data[begin:end]
        rest += (data[start:begin], b'%d' % len(found.keys))
        found.keys.append(key)
        start = end
    rest.append(data[start:])
    return found._replace(rest=b''.join(rest))


def keep(key: bytes, schema: catalogues.Schema) -> None:
    """Remember a schema as long as a catalogue has it."""
    _known[key] = schema
