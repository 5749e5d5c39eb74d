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

"""What this process knows of its publishers: fork, exit, relief.

Rule: the only module-level state of the package. A forked child starts
without any of it.
"""

import atexit
from collections.abc import Callable
from collections.abc import Iterator
import contextlib
import os
import sys
from typing import Any
from typing import Protocol
import weakref

from unixnotif import address as addresses


class Tracked(Protocol):
    """What is told of a fork and of the end of the process."""

    def after_fork(self) -> None:
        """Leave the parent's sockets to the parent."""

    def close(self) -> None:
        """Say what is still to be said."""


_tracked: 'weakref.WeakSet[Tracked]' = weakref.WeakSet()
_reliefs: list[tuple[addresses.Address, Callable[[], Any]]] = []
_finalizer: Any = None


def track(publisher: Tracked) -> None:
    """Tell a publisher of forks, and close it at the process's end."""
    _tracked.add(publisher)
    _finalize()


@contextlib.contextmanager
def relieving(
    address: addresses.Address, relief: Callable[[], Any]
) -> Iterator[None]:
    """Call ``relief`` when a subscriber's buffer is full, then try again.

    For consumers in the publishing process itself, which could not read
    while it publishes. It is called with the publisher's lock held: it must
    read, not wait, and not publish. Several for one address are all called.
    """
    _reliefs.append((address, relief))
    try:
        yield
    finally:
        # A forked child has forgotten it.
        with contextlib.suppress(ValueError):
            _reliefs.remove((address, relief))


def relieve(address: addresses.Address) -> bool:
    """Whether there was a relief for the address; it has been called."""
    reliefs = [relief for where, relief in _reliefs if where == address]
    for relief in reliefs:
        relief()
    return bool(reliefs)


def _after_fork_in_child() -> None:
    # A relief reads the parent's consumer, which must not be drained here.
    _reliefs.clear()
    for each in list(_tracked):
        each.after_fork()
    if util := _multiprocessing():
        # A new worker forgets its finalizers before it calls this.
        util.register_after_fork(_finalize, lambda finalize: finalize())


def _finalize() -> None:
    """Close at the end of a worker of multiprocessing, too.

    It ends by os._exit(), which atexit does not see.
    """
    global _finalizer  # noqa: PLW0603
    util = _multiprocessing()
    if util and not (_finalizer and _finalizer.still_active()):
        _finalizer = util.Finalize(None, _close_all, exitpriority=-1)


def _multiprocessing() -> Any:
    """Its module of finalizers, when this process uses it."""
    return sys.modules.get('multiprocessing.util')


def _close_all() -> None:
    for each in list(_tracked):
        each.close()


os.register_at_fork(after_in_child=_after_fork_in_child)
atexit.register(_close_all)
