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
import itertools
import os
import pkgutil
import re
import sys
from types import ModuleType
from typing import NamedTuple

_SKIPPED = frozenset({'tests', 'test', '__main__', 'conftest'})
# The line with which a class of oslo.versionedobjects declares its fields, or
# the usual name of a class that inherits them.
_FIELDS = re.compile(
    rb'^[ \t]+fields[ \t]*[:=]|^class \w+(?:Payload|Notification)\b',
    re.MULTILINE,
)


class Failure(NamedTuple):
    """A module that cannot be imported.

    :ivar why: the error, in one line
    :ivar has_fields: classes in its source, or below it, may have fields
    """

    module: str
    why: str
    has_fields: bool

    def __str__(self) -> str:
        return f'{self.module} cannot be imported: {self.why}'


def import_all(top: ModuleType) -> list[Failure]:
    """Import every module below a package, without its tests.

    Python does not list directories without ``__init__.py``, which may have
    any content. The function does not import their modules. If one of them may
    have fields, the directory is a failure.
    """
    path = list(getattr(top, '__path__', ()))
    failures = []
    for module in _walk(path, f'{top.__name__}.'):
        try:
            importlib.import_module(module.name)
        except KeyboardInterrupt:
            raise
        except BaseException as e:
            failures.append(
                Failure(module.name, reason(e), _has_fields(module))
            )
    unlisted = itertools.chain.from_iterable(
        _unlisted(root, top.__name__) for root in path
    )
    return failures + [
        each
        for each in unlisted
        if not any(is_below(each.module, above.module) for above in failures)
    ]


def is_below(module: str, package: str) -> bool:
    """Return True if a module is a package, or in it."""
    return f'{module}.'.startswith(f'{package}.')


def _unlisted(root: str, package: str) -> Iterator[Failure]:
    """Yield the directories without ``__init__.py`` that may have fields."""
    for where, folders, names in os.walk(root):
        folders[:] = sorted(
            name
            for name in folders
            if name.isidentifier() and name not in _SKIPPED
        )
        is_package = any(name.startswith('__init__.') for name in names)
        if where == root or is_package:
            continue
        folders.clear()
        if any(map(_declares, _sources(where))):
            parts = os.path.relpath(where, root).split(os.sep)
            yield Failure(
                '.'.join([package, *parts]),
                'its directory has no __init__.py',
                True,
            )


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
        paths = _sources(os.path.dirname(spec.origin))
    return any(map(_declares, paths))


def _sources(directory: str) -> list[str]:
    return [
        os.path.join(where, name)
        for where, _, names in os.walk(directory)
        for name in names
        if name.endswith('.py')
    ]


def _declares(path: str) -> bool:
    try:
        with open(path, 'rb') as file:
            return _FIELDS.search(file.read()) is not None
    except OSError:
        return True


@contextlib.contextmanager
def importing() -> Iterator[None]:
    """Let imports also search the current directory, as the last one.

    Standard output is for the report of the command, so the output of
    imported modules goes to standard error.
    """
    before = sys.path[:]
    sys.path.append(os.getcwd())
    try:
        with contextlib.redirect_stdout(sys.stderr):
            yield
    finally:
        sys.path[:] = before


def other_copy(top: ModuleType) -> str:
    """Return the path of another copy of a package, or ''.

    This copy is in the current directory. Python has imported the package
    from elsewhere.
    """
    path = os.path.join(os.getcwd(), *top.__name__.split('.'))
    imported = place(top)
    for found in (path, f'{path}.py'):
        if os.path.exists(found):
            is_same = imported and os.path.samefile(found, imported)
            return '' if is_same else found
    return ''


def place(top: ModuleType) -> str:
    """Return the directory or the file of a package, or ''."""
    path = list(getattr(top, '__path__', ()))
    found = path[0] if path else top.__file__ or ''
    return found if os.path.exists(found) else ''
