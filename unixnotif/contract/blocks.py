# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Cache of the versions in the texts of catalogues.

Rule: two catalogues of a project have most versions in common, so each text of
a version is decoded only once. The result is the same as without the cache: a
text that cannot be split is decoded as a whole.
"""

import hashlib
import re
from typing import NamedTuple
import weakref

from unixnotif.contract import catalogues

# A version as the encoder writes it: an object whose lines are all deeper than
# its key. A raw newline is never within a string of JSON.
_VERSION = re.compile(rb'\n    "[^\n]*": (\{(?:\n     [^\n]*)*\n    \})')

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
    """Split the versions from a text; skip those with another layout."""
    rest: list[bytes] = []
    found = Split(b'', [], {}, {})
    keys, known, texts = found.keys, found.known, found.texts
    start = 0
    for match in _VERSION.finditer(data):
        begin, end = match.span(1)
        text = data[begin:end]
        key = hashlib.sha256(text).digest()
        if key not in known and key not in texts:
            schema = _known.get(key)
            if schema is None:
                texts[key] = text
            else:
                known[key] = schema
        rest += (data[start:begin], b'%d' % len(keys))
        keys.append(key)
        start = end
    rest.append(data[start:])
    return found._replace(rest=b''.join(rest))


def keep(key: bytes, schema: catalogues.Schema) -> None:
    """Remember a schema as long as a catalogue has it."""
    _known[key] = schema
