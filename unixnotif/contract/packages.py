# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Import of a package with all its modules.

Rule: a module that cannot be imported is a failure, never an error. The
source of a failed module is read, not run. The source shows if the module may
have payload classes.
"""

import ast
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
import warnings

from unixnotif.contract import module_names

_SKIPPED = frozenset({'tests', 'test', '__main__', 'conftest'})
# The usual name of a class that inherits its fields.
_NAME = re.compile(r'\w+(?:Payload|Notification)')
# Text of a class, for source that Python cannot parse.
_TEXT = re.compile(
    rb'^[ \t]+fields[ \t]*[:=]|^class \w+(?:Payload|Notification)\b',
    re.MULTILINE,
)


class Failure(NamedTuple):
    """A module that was not imported.

    :ivar why: the reason, in one line
    :ivar has_fields: classes in its source, or below it, may have fields
    """

    module: str
    why: str
    has_fields: bool

    def __str__(self) -> str:
        return f'{self.module} {self.why}'


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
                Failure(
                    module.name,
                    f'cannot be imported: {reason(e)}',
                    _has_fields(module),
                )
            )
    unlisted = itertools.chain.from_iterable(
        _unlisted(root, top.__name__) for root in path
    )
    return failures + [
        each
        for each in unlisted
        if not any(
            module_names.is_below(each.module, above.module)
            for above in failures
        )
    ]


def is_test(module: str, package: str = '') -> bool:
    """Return True for a module of tests below a package."""
    return not _SKIPPED.isdisjoint(module.removeprefix(package).split('.'))


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
        unread = [
            source
            for source in _sources(where)
            if _name(source, root, package) not in sys.modules
        ]
        if any(map(_declares, unread)):
            yield Failure(
                _name(where, root, package),
                'is not imported: the directory has no __init__.py',
                True,
            )


def _name(path: str, root: str, package: str) -> str:
    """Return the name of a module.

    :param path: its file or directory
    :param root: directory of the package
    """
    parts = os.path.relpath(path, root).removesuffix('.py').split(os.sep)
    return '.'.join([package, *parts])


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
    paths: Iterable[str] = [spec.origin]
    if module.ispkg:
        paths = _sources(os.path.dirname(spec.origin))
    return any(map(_declares, paths))


def _sources(directory: str) -> Iterator[str]:
    """Yield the modules in a directory, without tests."""
    for where, folders, names in os.walk(directory):
        folders[:] = sorted(name for name in folders if name not in _SKIPPED)
        for name in sorted(names):
            stem, extension = os.path.splitext(name)
            if extension == '.py' and stem not in _SKIPPED:
                yield os.path.join(where, name)


def _declares(path: str) -> bool:
    """Return True if the source of a module may have payload classes."""
    try:
        with open(path, 'rb') as file:
            source = file.read()
    except OSError:
        return True
    try:
        with warnings.catch_warnings(action='ignore'):
            tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return _TEXT.search(source) is not None
    return any(
        _NAME.fullmatch(node.name) or any(map(_is_fields, node.body))
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    )


def _is_fields(node: ast.stmt) -> bool:
    """Return True if a statement assigns the fields of a class.

    oslo.versionedobjects needs a dict. Other libraries also have classes with
    fields, for example a list of names.
    """
    if isinstance(node, ast.Assign):
        targets = node.targets
    elif isinstance(node, ast.AnnAssign):
        targets = [node.target]
    else:
        return False
    others = ast.List, ast.Tuple, ast.Constant
    return (
        any(isinstance(x, ast.Name) and x.id == 'fields' for x in targets)
        and node.value is not None
        and not isinstance(node.value, others)
    )


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
    if top.__file__ is None:
        return ''  # a namespace package: Python imports all its copies
    path = os.path.join(os.getcwd(), *top.__name__.split('.'))
    for found, file in (
        (path, os.path.join(path, '__init__.py')),
        (f'{path}.py', f'{path}.py'),
    ):
        if os.path.exists(file):
            is_same = os.path.exists(top.__file__) and os.path.samefile(
                file, top.__file__
            )
            return '' if is_same else found
    return ''


def place(top: ModuleType) -> str:
    """Return the directory or the file of a package, or ''."""
    path = list(getattr(top, '__path__', ()))
    found = path[0] if path else top.__file__ or ''
    return found if os.path.exists(found) else ''
