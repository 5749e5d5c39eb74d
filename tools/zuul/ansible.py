# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Run Ansible's own checks on the playbooks and the roles.

Rule: the programs judge; what they say is passed on.
"""

from collections.abc import Iterator
from pathlib import Path
import re
import subprocess
import sys
import tempfile

from tools.zuul import environment

_TIMEOUT = 300.0
_LINT_CONFIG = Path(__file__).with_name('ansible-lint.yaml')
# Zuul gives its executors this action; the code is that of the package.
_ACTION = 'from zuul.ansible.base.action.zuul_return import ActionModule\n'


def zuul_action(home: Path) -> dict[str, str]:
    """Let Ansible find ``zuul_return``, and say where in its environment.

    :param home: a directory that is thrown away
    """
    plugins = home / 'action'
    plugins.mkdir(exist_ok=True)
    (plugins / 'zuul_return.py').write_text(_ACTION)
    return {'ANSIBLE_ACTION_PLUGINS': str(plugins)}


def run(
    command: list[str], tree: Path, environ: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    """Run a program of this environment to its end, in the tree."""
    return subprocess.run(
        [sys.executable, '-m', *command],
        cwd=tree,
        env=environ,
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=_TIMEOUT,
    )


def zuulcilint(tree: Path, where: environment.Environment) -> Iterator[str]:
    """The schema of jobs, and the paths of playbooks."""
    with tempfile.TemporaryDirectory() as home:
        done = run(
            ['zuulcilint', '--check-playbook-paths', 'zuul.d'],
            tree,
            where.environ(Path(home)),
        )
    if done.returncode:
        # Without its colors, which it has no option for.
        said = re.sub(r'\x1b\[[0-9;]*m', '', done.stdout).strip()
        yield f'zuulcilint:\n{said}'


def syntax(
    tree: Path, where: environment.Environment, playbooks: list[str]
) -> Iterator[str]:
    """``ansible-playbook --syntax-check`` of each playbook that is there."""
    there = [name for name in playbooks if (tree / name).is_file()]
    if not there:
        return
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        environ = where.environ(home)
        environ |= zuul_action(home)
        environ['ANSIBLE_ROLES_PATH'] = str(tree / 'roles')
        done = run(
            [
                'ansible.cli.playbook',
                '--syntax-check',
                '--inventory=localhost,',
                *there,
            ],
            tree,
            environ,
        )
    if done.returncode:
        yield f'ansible-playbook --syntax-check:\n{done.stdout.strip()}'


def lint(tree: Path, where: environment.Environment) -> Iterator[str]:
    """``ansible-lint`` of the playbooks and the roles."""
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        environ = where.environ(home)
        environ['ANSIBLE_ROLES_PATH'] = str(tree / 'roles')
        done = run(
            [
                'ansiblelint',
                '--offline',
                '--strict',
                '--nocolor',
                '--parseable',
                f'--config-file={_LINT_CONFIG}',
                f'--project-dir={tree}',
                'playbooks',
                'roles',
            ],
            tree,
            environ,
        )
    if done.returncode:
        yield f'ansible-lint:\n{done.stdout.strip()}'
