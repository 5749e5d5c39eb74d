# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Columns: the rows and documents of a sample as compact blocks of text.

Rule: each block is gzip in base64, so that no byte of a notification is
visible to the parser of HTML. One document at a time is in memory.
"""

import base64
from collections.abc import Iterable
from collections.abc import Iterator
import gzip
import io
import itertools
import json
from typing import Any
from typing import Final

from unixnotif.report import rows
from unixnotif.report.sampler import Sample

#: Maximum number of documents in a block: the page decompresses a block at a
#: time.
BLOCK: Final = 128
#: Maximum size of the documents of a block, in bytes. A larger document has a
#: block of its own.
MAX_BLOCK: Final = 1 << 20


def encode(sample: Sample) -> str:
    """Return the rows, a column at a time, each name once."""
    columns: dict[str, Any] = {'received': _differences(sample)}
    for field in rows.NAMES:
        columns[field] = _indexed(getattr(row, field) for row in sample)
    columns['payloads'] = _indexed(row.payloads for row in sample)
    return _packed([json.dumps(columns, separators=(',', ':')).encode()])


def sizes(sample: Sample) -> list[int]:
    """Return the number of documents in each block."""
    return [len(batch) for batch in _batches(sample)]


def blocks(sample: Sample) -> Iterator[str]:
    """Yield the documents, in the order of the rows."""
    for batch in _batches(sample):
        yield _packed(_lines(sample, batch))


def _batches(sample: Sample) -> Iterator[list[rows.Row]]:
    """Yield the rows of each block."""
    batch: list[rows.Row] = []
    size = 0
    for row in sample:
        if batch and (len(batch) == BLOCK or size + row.size > MAX_BLOCK):
            yield batch
            batch, size = [], 0
        batch.append(row)
        size += row.size
    if batch:
        yield batch


def _lines(sample: Sample, batch: Iterable[rows.Row]) -> Iterator[bytes]:
    """Yield the documents of some rows, with a newline between two."""
    for number, row in enumerate(batch):
        if number:
            yield b'\n'
        yield sample.document(row)


def _differences(sample: Sample) -> list[int]:
    """Return the difference of each time to the time before it.

    Differences have fewer digits than times.
    """
    times = [0, *(row.received for row in sample)]
    return [after - before for before, after in itertools.pairwise(times)]


def _indexed(values: Iterator[Any]) -> dict[str, Any]:
    places: dict[Any, int] = {}
    index = [places.setdefault(value, len(places)) for value in values]
    return {'values': list(places), 'index': index}


def _packed(parts: Iterable[bytes]) -> str:
    packed = io.BytesIO()
    # Without a time stamp: the same recording gives the same page.
    with gzip.GzipFile('', 'wb', 6, packed, mtime=0) as file:
        for part in parts:
            file.write(part)
    return base64.b64encode(packed.getbuffer()).decode()
