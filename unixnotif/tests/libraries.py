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

"""The libraries of the extra ``fast``, with and without them.

The values must be the same; only the time differs.
"""

from collections.abc import Iterator
import contextlib
from unittest import mock

from unixnotif import document


@contextlib.contextmanager
def absent() -> Iterator[None]:
    """Read and write JSON as without the extra."""
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
