# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Run Ansible's own checks on the playbooks and the roles.

Rule: the programs judge; this module passes their output on.
"""

from collections.abc import Iterator
from pathlib import Path
import re
import subprocess
import sys
import tempfile

from tools.zuul import environment

# Only a run that hangs takes so long, on a busy machine too.
_TIMEOUT = 900.0
_LINT_CONFIG = Path(__file__).with_name('ansible-lint.yaml')
# Zuul's executors have this action; the code comes from Zuul's package.
_ACTION = 'from zuul.ansible.base.action.zuul_return import ActionModule\n'


def zuul_action(home: Path) -> dict[str, str]:
    """Let Ansible find ``zuul_return``; return the variables to set.

    :param home: a temporary directory
    """
    plugins = home / 'action'
    plugins.mkdir(exist_ok=True)
    (plugins / 'zuul_return.py').write_text(_ACTION)
    return {'ANSIBLE_ACTION_PLUGINS': str(plugins)}


def run(
    command: list[str], tree: Path, environ: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    """Run a program of this environment in the tree until it ends."""
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
    """Check the schema of the jobs and the paths of the playbooks."""
    with tempfile.TemporaryDirectory() as home:
        done = run(
            ['zuulcilint', '--check-playbook-paths', 'zuul.d'],
            tree,
            where.environ(Path(home)),
        )
    if done.returncode:
        # Remove colors: the program has no option for that.
        output = re.sub(r'\x1b\[[0-9;]*m', '', done.stdout).strip()
        yield f'zuulcilint:\n{output}'


def syntax(
    tree: Path, where: environment.Environment, playbooks: list[str]
) -> Iterator[str]:
    """Run ``ansible-playbook --syntax-check`` on each existing playbook."""
    existing = [name for name in playbooks if (tree / name).is_file()]
    if not existing:
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
                *existing,
            ],
            tree,
            environ,
        )
    if done.returncode:
        yield f'ansible-playbook --syntax-check:\n{done.stdout.strip()}'


def lint(tree: Path, where: environment.Environment) -> Iterator[str]:
    """Run ``ansible-lint`` on the playbooks and the roles."""
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
