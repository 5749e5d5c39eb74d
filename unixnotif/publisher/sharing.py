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

"""One publisher per process and address, however many drivers there are.

Rule: it lives as long as somebody holds it.
"""

import os
from typing import Any
import weakref

from unixnotif import address as addresses
from unixnotif import polling
from unixnotif.publisher import core

_shared: 'weakref.WeakValueDictionary[addresses.Address, core.Publisher]' = (
    weakref.WeakValueDictionary()
)
_lock = polling.NativeLock()


def shared(address: addresses.Address | str, **options: Any) -> core.Publisher:
    """This process's publisher for an address, made if need be.

    Sharing it keeps the order of the calls, whichever driver made them.

    :param options: as of :class:`Publisher`; those of who came first hold
    :raises AddressError: the URI is not an address
    """
    parsed = addresses.Address.parse(address)
    with _lock:
        publisher = _shared.get(parsed)
        if publisher is None or publisher.closed:
            publisher = _shared[parsed] = core.Publisher(parsed, **options)
    return publisher


def _after_fork_in_child() -> None:
    # Another thread of the parent may have held it.
    global _lock  # noqa: PLW0603
    _lock = polling.NativeLock()


os.register_at_fork(after_in_child=_after_fork_in_child)
