# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Modules of the standard library as the interpreter made them.

Rule: eventlet changes shared modules: it deletes poll and epoll from select,
and makes the threads of _thread green. A second module object made from the
same spec has no patches, even if eventlet has already changed the first one.
"""

import importlib.util
from types import ModuleType

from unixnotif import errors


def load(name: str) -> ModuleType:
    """Return a module without patches.

    :raises PlatformError: this Python has no such module
    """
    spec = importlib.util.find_spec(name)
    if spec is None or spec.loader is None:  # pragma: no cover
        raise errors.PlatformError(f'this Python has no {name} module')
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
