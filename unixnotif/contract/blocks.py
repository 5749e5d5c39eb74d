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
_KEY_END = b'": {\n'
_END = b'\n    }'

#: Schemas in use, by the digest of their text.
_known: 'weakref.WeakValueDictionary[bytes, catalogues.Schema]' = (
    weakref.WeakValueDictionary()
)


class Split(NamedTuple):
    """A text without its versions.

    :ivar rest: the text, with a string in place of each version
    :ivar mark: each such string begins so; its number follows
    :ivar blocks: the texts of the versions, as JSON objects
    """

    rest: bytes
    mark: str
    blocks: list[bytes]


def split(data: bytes) -> Split:
    """Take the versions out of a text; none, if it is laid out otherwise."""
    mark = b'@'
    while b'"' + mark in data:
        mark += b'@'
    parts = data.split(_END)
    rest: list[bytes] = []
    blocks: list[bytes] = []
    for number, part in enumerate(parts[:-1]):
        begin = part.find(_BEGIN)
        end = part.find(_KEY_END, begin)
        if begin < 0 or end < 0 or part.find(b'\n', begin + 1) != end + 4:
            return Split(data, '', [])
        rest.append(part[: end + 3])
        rest.append(b'"%b%d"' % (mark, number))
        blocks.append(part[end + 3 :] + _END)
    rest.append(parts[-1])
    return Split(b''.join(rest), mark.decode(), blocks)


def digest(block: bytes) -> bytes:
    """Return the key of a text for :func:`known` and :func:`keep`."""
    return hashlib.blake2b(block, digest_size=16).digest()


def known(key: bytes) -> catalogues.Schema | None:
    """Return the schema of a text that was read before."""
    return _known.get(key)


def keep(key: bytes, schema: catalogues.Schema) -> None:
    """Remember a schema as long as a catalogue has it."""
    _known[key] = schema
