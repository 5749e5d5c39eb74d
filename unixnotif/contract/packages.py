# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Import of a package with all its modules.

Rule: a module that cannot be imported is a failure, never an error. The
source of a failed module is read, not run. The source shows if the module may
have payload classes.
"""

from collections.abc import Iterable
from collections.abc import Iterator
import contextlib
import importlib
import os
import pkgutil
import re
import sys
from types import ModuleType
from typing import NamedTuple

_SKIPPED = frozenset({'tests', 'test', '__main__', 'conftest'})
# The line with which a class of oslo.versionedobjects declares its fields.
_FIELDS = re.compile(rb'^[ \t]+fields[ \t]*[:=]', re.MULTILINE)


class Failure(NamedTuple):
    """A module that cannot be imported.

    :ivar why: the error, in one line
    :ivar has_fields: classes in its source, or below it, declare fields
    """

    module: str
    why: str
    has_fields: bool

    def __str__(self) -> str:
        return f'{self.module} cannot be imported: {self.why}'


def import_all(top: ModuleType) -> list[Failure]:
    """Import every module below a package, without its tests."""
    failures = []
    for module in _walk(getattr(top, '__path__', ()), f'{top.__name__}.'):
        try:
            importlib.import_module(module.name)
        except (Exception, SystemExit) as e:
            failures.append(
                Failure(module.name, reason(e), _has_fields(module))
            )
    return failures


def _walk(path: Iterable[str], prefix: str) -> Iterator[pkgutil.ModuleInfo]:
    for module in pkgutil.iter_modules(path, prefix):
        if module.name.rpartition('.')[2] in _SKIPPED:
            continue
        yield module
        if module.ispkg:
            # The caller has imported the package, or reported a failure.
            package = sys.modules.get(module.name)
            below = getattr(package, '__path__', ())
            yield from _walk(below, f'{module.name}.')


def reason(e: BaseException) -> str:
    """Return the class and the first line of an error."""
    lines = str(e).splitlines()
    return f'{type(e).__name__}: {lines[0] if lines else ""}'.rstrip(': ')


def _has_fields(module: pkgutil.ModuleInfo) -> bool:
    find = getattr(module.module_finder, 'find_spec', None)
    spec = find(module.name, None) if find else None
    if spec is None or spec.origin is None:
        return True  # unknown: it may have some
    paths = [spec.origin]
    if module.ispkg:
        paths = [
            os.path.join(where, name)
            for where, _, names in os.walk(os.path.dirname(spec.origin))
            for name in names
            if name.endswith('.py')
        ]
    return any(map(_declares, paths))


def _declares(path: str) -> bool:
    try:
        with open(path, 'rb') as file:
            return _FIELDS.search(file.read()) is not None
    except OSError:
        return True


@contextlib.contextmanager
def current_directory() -> Iterator[None]:
    """Let imports also search the current directory, as the last one."""
    before = sys.path[:]
    sys.path.append(os.getcwd())
    try:
        yield
    finally:
        sys.path[:] = before
