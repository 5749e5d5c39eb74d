# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Source lines of findings.

Rule: the source of a payload class is read, never imported. Without the
source, the location of a finding is the payload in the catalogue.
"""

import ast
from collections.abc import Iterable
from collections.abc import Iterator
import dataclasses
import functools
import json
import os
import re
from typing import NamedTuple

from unixnotif.contract import catalogues
from unixnotif.contract import findings

#: Directories of a project that may hold its packages.
_ROOTS = ('', 'src', 'lib')
_TOP = re.compile(r'[^.\[{]+')


class Location(NamedTuple):
    """A line of a file, relative to the current directory."""

    file: str
    line: int


class Locator:
    """Finder of the lines of findings.

    :param path: the file of the catalogue
    :param known: catalogues that may name the classes, the first one wins
    """

    def __init__(
        self, path: str, known: Iterable[catalogues.Catalogue]
    ) -> None:
        self._path = path
        self._origins: dict[str, str] = {}
        for catalogue in known:
            for name, payload in catalogue.payloads.items():
                if payload.origin:
                    self._origins.setdefault(name, payload.origin)

    def locate(self, finding: findings.Finding) -> findings.Finding:
        """Return the finding with its file and line."""
        origin = self._origins.get(finding.subject, '')
        found = _in_source(origin, finding.field) if origin else None
        found = found or Location(self._path, self._line_of(finding.subject))
        return dataclasses.replace(finding, file=found.file, line=found.line)

    def _line_of(self, subject: str) -> int:
        return self._lines.get(
            f'{json.dumps(subject, ensure_ascii=False)}:', 1
        )

    @functools.cached_property
    def _lines(self) -> dict[str, int]:
        """Numbers of the lines of the catalogue that begin with a name."""
        found: dict[str, int] = {}
        try:
            with open(self._path, encoding='utf-8') as file:
                for number, line in enumerate(file, 1):
                    start = line.lstrip().rpartition('": ')[0]
                    found.setdefault(f'{start}":', number)
        except (OSError, ValueError):
            return {}
        return found


def _in_source(origin: str, field: str) -> Location | None:
    module, _, name = origin.partition(':')
    for path in _paths(module):
        tree = _parsed(path)
        node = tree and _class(tree, name.split('.'))
        if node:
            return Location(path, _line(node, field))
    return None


def _paths(module: str) -> Iterator[str]:
    parts = module.split('.')
    if not all(part.isidentifier() for part in parts):
        return
    for root in _ROOTS:
        stem = os.path.join(root, *parts)
        yield f'{stem}.py'
        yield os.path.join(stem, '__init__.py')


@functools.lru_cache(maxsize=256)
def _parsed(path: str) -> ast.Module | None:
    try:
        with open(path, 'rb') as file:
            return ast.parse(file.read())
    except (OSError, SyntaxError, ValueError, RecursionError):
        return None


def _class(
    tree: ast.Module | ast.ClassDef, names: list[str]
) -> ast.ClassDef | None:
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and node.name == names[0]:
            return _class(node, names[1:]) if names[1:] else node
    return None


def _line(node: ast.ClassDef, field: str) -> int:
    """Return the line of a field, of the version, or of the class."""
    match = _TOP.match(field)
    top = match.group() if match else ''
    version = node.lineno
    for name, value in _assigned(node):
        if name == 'VERSION':
            version = value.lineno
        elif name == 'fields' and isinstance(value, ast.Dict) and top:
            for key in value.keys:
                if isinstance(key, ast.Constant) and key.value == top:
                    return key.lineno
    return version


def _assigned(node: ast.ClassDef) -> Iterator[tuple[str, ast.expr]]:
    for each in node.body:
        if isinstance(each, ast.Assign):
            for target in each.targets:
                if isinstance(target, ast.Name):
                    yield target.id, each.value
        elif (
            isinstance(each, ast.AnnAssign)
            and isinstance(each.target, ast.Name)
            and each.value is not None
        ):
            yield each.target.id, each.value
