# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0


"""Apply the rules of openstack/requirements to our requirement files.

Rule: ``global-requirements.yaml`` names every package that we require, and
says whether openstack/requirements lists it. With a checkout of that
repository, its own script judges too, and must agree with the file.
"""

from collections.abc import Iterable
from collections.abc import Iterator
import configparser
import os
from pathlib import Path
import re
import subprocess
import sys
import tempfile
import tomllib
from typing import Any

from packaging import requirements
from packaging import utils
import yaml

#: Names a checkout of openstack/requirements.
VARIABLE = 'UNIXNOTIF_REQUIREMENTS'
DECISION = Path(__file__).with_name('global-requirements.yaml')

_LISTS = ('requirements.txt', 'test-requirements.txt', 'doc/requirements.txt')
#: The files that the real check reads.
FILES = (*_LISTS, 'setup.cfg', 'pyproject.toml')
_PRODUCTION = 'requirements.txt'
_TEMPLATE = 'check-requirements'
_SCRIPT = 'playbooks/files/project-requirements-change.py'
_TIMEOUT = 120.0

_ERROR = re.compile(r'(?m)^(?:ERROR: |\*\*\* Invalid).*')
_NOT_LISTED = re.compile(
    r"ERROR: Requirement .*package='([^']+)'.* not in openstack/requirements"
)


def check(tree: Path, templates: set[str]) -> Iterator[str]:
    """Yield each violation of the rules of openstack/requirements.

    :param templates: the project templates of ``zuul.d``
    """
    decision = yaml.safe_load(DECISION.read_text())
    unlisted = _names(decision['unlisted'])
    spellings = {
        str(utils.canonicalize_name(name)): name for name in decision['listed']
    }
    used: set[str] = set()
    for where, lines in _lists(tree):
        found: set[str] = set()
        for line in lines:
            try:
                requirement = requirements.Requirement(line)
            except requirements.InvalidRequirement as error:
                yield f'{where}: {line}: {error}'
                continue
            name = str(utils.canonicalize_name(requirement.name))
            if name in found:
                yield f'{where}: {name} occurs twice; remove one line'
            found.add(name)
            yield from _bounds(where, name, requirement)
            # The real check compares the spelling too.
            spelling = spellings.get(name, requirement.name)
            if requirement.name != spelling:
                yield f'{where}: write {requirement.name} as {spelling}'
            if where == _PRODUCTION and name in unlisted:
                yield (
                    f'{where}: a production install must not need {name}, '
                    'which openstack/requirements does not list; move it '
                    'to an extra'
                )
        used |= found
    yield from _decided(used, set(spellings) | unlisted)
    if unlisted and _TEMPLATE in templates:
        yield (
            f'zuul.d: the template {_TEMPLATE} fails while '
            'openstack/requirements does not list '
            + ', '.join(sorted(unlisted))
        )
    yield from _backend(tree)
    if checkout := os.environ.get(VARIABLE):
        yield from check_with(Path(checkout), tree, unlisted)


def check_with(
    checkout: Path, tree: Path, unlisted: set[str]
) -> Iterator[str]:
    """Run the real check, and compare its errors with the decision.

    :param checkout: of openstack/requirements
    """
    if not (checkout / _SCRIPT).is_file():
        yield f'{VARIABLE}={checkout}: {_SCRIPT} does not exist'
        return
    with tempfile.TemporaryDirectory() as name:
        copy = Path(name)
        _copy(tree, copy)
        done = subprocess.run(
            [
                *(sys.executable, str(checkout / _SCRIPT)),
                *('--reqs', str(checkout), str(copy), 'master'),
            ],
            env={**os.environ, 'PYTHONPATH': str(checkout)},
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_TIMEOUT,
        )
    errors = _ERROR.findall(done.stdout)
    if not errors and (done.returncode or unlisted):
        yield f'requirements-check: {done.stdout.strip() or "no output"}'
    reported = {
        str(utils.canonicalize_name(match[1]))
        for error in errors
        if (match := _NOT_LISTED.match(error))
    }
    yield from (
        f'requirements-check: {error}'
        for error in errors
        if not _NOT_LISTED.match(error)
    )
    for package in sorted(reported - unlisted):
        yield (
            f'requirements-check: openstack/requirements does not list '
            f'{package}; move it to "unlisted" in tools/zuul/{DECISION.name}'
        )
    for package in sorted(unlisted - reported):
        yield (
            f'requirements-check: openstack/requirements lists {package}; '
            f'move it to "listed" in tools/zuul/{DECISION.name}'
        )


def _names(names: Iterable[str]) -> set[str]:
    return {str(utils.canonicalize_name(name)) for name in names}


def _decided(used: set[str], decided: set[str]) -> Iterator[str]:
    """Yield packages without a decision, and decisions without a package."""
    for name in sorted(used - decided):
        yield (
            f'{name}: add it to "listed" or, with a reason, to "unlisted" in '
            f'tools/zuul/{DECISION.name}'
        )
    for name in sorted(decided - used):
        yield (
            f'tools/zuul/{DECISION.name}: no requirement file names {name}; '
            'remove it'
        )


def _lists(tree: Path) -> Iterator[tuple[str, list[str]]]:
    """Yield the places and lines of requirements that the real check reads."""
    for name in _LISTS:
        yield name, _strip((tree / name).read_text())
    setup = configparser.ConfigParser(interpolation=None)
    setup.read(tree / 'setup.cfg')
    for extra, text in setup['extras'].items():
        yield f'setup.cfg, extra {extra}', _strip(text)


def _strip(text: str) -> list[str]:
    lines = [line.partition('#')[0].strip() for line in text.splitlines()]
    return [line for line in lines if line]


def _bounds(
    where: str, name: str, requirement: requirements.Requirement
) -> Iterator[str]:
    """Yield a finding unless the requirement is one lower bound."""
    operators = [each.operator for each in requirement.specifier]
    if operators != ['>='] or requirement.marker or requirement.url:
        yield (
            f'{where}: {name} needs one lower bound and nothing else, for '
            f'example {name}>=1.0'
        )


def _backend(tree: Path) -> Iterator[str]:
    project: dict[str, Any] = tomllib.loads(
        (tree / 'pyproject.toml').read_text()
    )
    backend = project.get('build-system', {}).get('build-backend')
    if backend != 'pbr.build':
        yield f'pyproject.toml: build-backend is {backend}, not pbr.build'


def _copy(tree: Path, copy: Path) -> None:
    """Copy the packaging files into a new repository with one commit."""
    for name in FILES:
        path = copy / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes((tree / name).read_bytes())
    git = ['git', '-C', str(copy), '-c', 'user.name=x', '-c', 'user.email=x']
    for command in (
        ['init', '--quiet'],
        ['add', '.'],
        ['commit', '--quiet', '--message=x'],
    ):
        subprocess.run([*git, *command], check=True)
