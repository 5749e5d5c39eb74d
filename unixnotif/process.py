# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Process-wide objects: sharing, fork, exit.

Rule: an object that must react to a fork, or to the end of the process,
registers with :func:`track`. A forked child first gives up all objects of its
parent. Python runs a hook after ``os.fork``; a program such as uWSGI forks
without the hook, so publishers and consumers call :func:`check` first.
"""

import atexit
from collections.abc import Callable
from collections.abc import Hashable
import contextlib
import mmap
import os
import sys
from typing import Any
from typing import Final
from typing import Protocol
from typing import TypeVar
import weakref

from unixnotif import polling

_T = TypeVar('_T')


class Resident(Protocol):
    """An object that must know of a fork and of the end of the process."""

    def after_fork(self) -> None:
        """Give up, in a forked child, everything of the parent."""

    def at_exit(self) -> None:
        """Finish, since the process ends soon; later calls still work."""


# With this advice for a page, a forked child finds the page filled with zeros
# (madvise(2), Linux 4.14). Python has no name for the advice.
_WIPE_ON_FORK: Final = 18


def _new_mark() -> mmap.mmap | None:
    """Return memory that begins with 1, and in a forked child with 0."""
    flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
    try:
        mark = mmap.mmap(-1, mmap.PAGESIZE, flags)
        mark.madvise(_WIPE_ON_FORK)
    except OSError:
        # An older kernel, or no memory is left.
        return None
    mark[0] = 1
    return mark


_getpid = os.getpid
_pid = _getpid()
# Reading it takes a tenth of getpid(2).
_mark = _new_mark()
_residents: 'weakref.WeakSet[Resident]' = weakref.WeakSet()
_shared: 'weakref.WeakValueDictionary[Hashable, Any]' = (
    weakref.WeakValueDictionary()
)
_lock = polling.NativeLock()
_finalizer: Any = None


def track(resident: Resident) -> None:
    """Call an object after a fork and at the end, as long as it lives."""
    _residents.add(resident)
    _finalize_worker()


def check() -> int:
    """Notice a fork that ran no hook; return the process id."""
    if not _mark[0] if _mark else _getpid() != _pid:
        _after_fork()
    return _pid


def shared(
    key: Hashable, make: Callable[[], _T], usable: Callable[[_T], bool]
) -> _T:
    """Return the shared object of this process for a key.

    The object lives while a caller holds it.

    :param make: creates the object if there is none
    :param usable: returns False to replace the existing object
    """
    check()
    with _lock:
        found: _T | None = _shared.get(key)
        if found is None or not usable(found):
            found = _shared[key] = make()
    return found


def _after_fork() -> None:
    global _lock, _mark, _pid  # noqa: PLW0603
    _pid = _getpid()
    _mark = _new_mark()
    # Another thread of the parent may have held it.
    _lock = polling.NativeLock()
    for each in list(_residents):
        # If one resident fails, the others must still give up the parent's
        # files.
        with contextlib.suppress(Exception):
            each.after_fork()
    if util := _multiprocessing():
        # A new worker discards its finalizers before it calls this.
        util.register_after_fork(_finalize_worker, lambda finalize: finalize())


def _finalize_worker() -> None:
    """Finish at the end of a worker of multiprocessing, too.

    The worker ends by os._exit(), which atexit does not notice.
    """
    global _finalizer  # noqa: PLW0603
    util = _multiprocessing()
    if util and not (_finalizer and _finalizer.still_active()):
        _finalizer = util.Finalize(None, _at_exit, exitpriority=-1)


def _multiprocessing() -> Any:
    """Return the module ``multiprocessing.util`` if it is imported."""
    return sys.modules.get('multiprocessing.util')


def _at_exit() -> None:
    # Python 3.14 runs exit functions in a worker of multiprocessing, too.
    atexit.unregister(_at_exit)
    if _finalizer:
        _finalizer.cancel()
    check()
    for each in list(_residents):
        # If one resident fails, the others must still finish.
        with contextlib.suppress(Exception):
            each.at_exit()


os.register_at_fork(after_in_child=_after_fork)
atexit.register(_at_exit)
