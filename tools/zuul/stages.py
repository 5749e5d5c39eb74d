# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The checks, by name.

Rule: a check returns its findings about a tree, and changes nothing.
"""

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
import os
from pathlib import Path
import shutil
import unittest

from tools import errors
from tools.zuul import ansible
from tools.zuul import environment
from tools.zuul import parser
from tools.zuul import references
from tools.zuul import requirements

Stage = Callable[[Path, environment.Environment], Iterable[str]]


def _parsers(tree: Path, where: environment.Environment) -> list[str]:
    return parser.parse(tree).findings


def _references(tree: Path, where: environment.Environment) -> Iterator[str]:
    return references.check(tree, parser.parse(tree))


def _requirements(tree: Path, where: environment.Environment) -> Iterator[str]:
    templates = {
        template
        for project in parser.parse(tree).projects
        for template in project.templates
    }
    return requirements.check(tree, templates)


def _syntax(tree: Path, where: environment.Environment) -> Iterator[str]:
    playbooks = references.playbooks(parser.parse(tree))
    return ansible.syntax(tree, where, playbooks)


def _tests(tree: Path, where: environment.Environment) -> Iterator[str]:
    if not shutil.which('rsync'):
        raise errors.ToolError(
            'the role needs rsync, which is not installed; on Debian, run: '
            'apt-get install rsync'
        )
    os.environ[environment.VARIABLE] = str(where.workdir)
    suite = unittest.defaultTestLoader.discover(
        'tools/zuul/tests', top_level_dir=str(environment.CHECKOUT)
    )
    result = unittest.TextTestRunner(verbosity=1).run(suite)
    if not result.testsRun:
        yield 'no test was found'
    if not result.wasSuccessful():
        yield 'tests failed: see their output above'


STAGES: dict[str, Stage] = {
    'zuulcilint': ansible.zuulcilint,
    'parsers': _parsers,
    'references': _references,
    'requirements': _requirements,
    'syntax': _syntax,
    'ansible-lint': ansible.lint,
    'tests': _tests,
}
