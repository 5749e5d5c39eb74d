# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The libraries of the extra ``fast``, with and without them.

The values must be the same; only the time differs.
"""

from collections.abc import Iterator
import contextlib
from unittest import mock

from unixnotif import document


@contextlib.contextmanager
def absent() -> Iterator[None]:
    """Read and write JSON as if the extra were not installed."""
    with (
        mock.patch.object(document, 'orjson', None),
        mock.patch.object(document, 'typed_reader', lambda kind: None),
    ):
        yield


def each() -> Iterator[str]:
    """Yield twice: with the libraries that are installed, and without."""
    yield 'installed'
    with absent():
        yield 'absent'
