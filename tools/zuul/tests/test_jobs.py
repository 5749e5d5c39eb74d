# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0


"""Variables of the jobs, as Ansible, DevStack and tox read them.

Rule: jinja2, bash and sh read the values; the parents are not here.
"""

import configparser
import os
from pathlib import Path
import shlex
import subprocess
import tempfile
from typing import Any
import unittest

import jinja2
import yaml

from tools.zuul import environment
from tools.zuul import parser
from tools.zuul import requirements

_EXAMPLES = environment.CHECKOUT / parser.EXAMPLES
_NOBODY = 65534


def _jobs() -> dict[str, Any]:
    """Return our jobs and those of the examples, by name."""
    jobs: dict[str, Any] = {}
    for path in (
        environment.CHECKOUT / 'zuul.d' / 'jobs.yaml',
        *sorted(_EXAMPLES.glob('zuul_*.yaml')),
    ):
        for stanza in yaml.safe_load(path.read_text()):
            if 'job' in stanza:
                jobs[stanza['job']['name']] = stanza['job']
    return jobs


def _merged(parent: Any, child: Any) -> Any:
    """Merge variables as Zuul does: dictionaries key by key."""
    if not isinstance(parent, dict) or not isinstance(child, dict):
        return child
    both = {key: _merged(parent.get(key), child[key]) for key in child}
    return parent | both


def _variables(name: str) -> Any:
    """Return the variables of a job, with those of its parents."""
    jobs = _jobs()
    variables: Any = {}
    while name in jobs:
        variables = _merged(jobs[name].get('vars', {}), variables)
        name = jobs[name]['parent']
    return variables


def _tox(name: str) -> configparser.SectionProxy:
    """Return the section of an environment of tox."""
    tox = configparser.ConfigParser(interpolation=None)
    tox.read(environment.CHECKOUT / 'tox.ini')
    return tox[f'testenv:{name}']


class JobsTest(unittest.TestCase):
    """Each test checks one fact about the variables."""

    maxDiff = None

    def environment_of_tox(self, name: str) -> dict[str, str]:
        """Render the variables that tox gets in a job."""
        variables = {'ansible_user_dir': '/home/zuul', **_variables(name)}
        return {
            key: jinja2.Template(text).render(variables)
            for key, text in variables['tox_environment'].items()
        }

    def test_catalogue(self) -> None:
        """A job without a catalogue gets an empty path, not a directory."""
        for name, expected in (
            ('cinder-notifications', ''),
            (
                'nova-notifications',
                '/home/zuul/src/opendev.org/openstack/nova/notifications.json',
            ),
        ):
            found = self.environment_of_tox(name)
            self.assertEqual(expected, found['UNIXNOTIF_CATALOGUE'])
            self.assertEqual(
                '/opt/stack/data/unixnotif/capture.jsonl',
                found['UNIXNOTIF_CAPTURE'],
            )

    def test_backend(self) -> None:
        """A test of the job knows which backend nova must run."""
        for name, expected in (
            ('unixnotif-devstack-functional', 'threading'),
            ('unixnotif-devstack-functional-eventlet', 'eventlet'),
        ):
            found = self.environment_of_tox(name)
            self.assertEqual(expected, found['UNIXNOTIF_BACKEND'])

    def test_requirements(self) -> None:
        """The real requirements-check gets its checkout through tox."""
        found = self.environment_of_tox('unixnotif-tox-zuul')
        self.assertEqual(
            '/home/zuul/src/opendev.org/openstack/requirements',
            found[requirements.VARIABLE],
        )
        self.assertIn(requirements.VARIABLE, _tox('zuul')['pass_env'].split())

    def test_eventlet(self) -> None:
        """The units of the API have the variable that nova reads there."""
        localrc = _variables('unixnotif-devstack-functional-eventlet')[
            'devstack_localrc'
        ]
        self.assertEqual('versioned', localrc['NOVA_NOTIFICATION_FORMAT'])
        # DevStack's role writes each value in double quotes.
        script = ''.join(
            f'{name}="{value}"\n'
            for name, value in localrc.items()
            if '{{' not in value
        )
        for unit in ('n-api', 'n-api-meta'):
            done = subprocess.run(
                [
                    *('bash', '-ec'),
                    f'declare -A SYSTEMD_ENV_VARS\n{script}\n'
                    f'env -i ${{SYSTEMD_ENV_VARS[{unit}]}} env',
                ],
                check=True,
                stdout=subprocess.PIPE,
                text=True,
            )
            # nova runs eventlet for every value but 1, true and yes.
            self.assertEqual(
                'OS_NOVA_DISABLE_EVENTLET_PATCHING=false\n', done.stdout
            )

    def test_root(self) -> None:
        """The environment "root" runs the tests as root, through sudo."""
        job = _jobs()['unixnotif-tox-root']
        self.assertEqual('openstack-tox-with-sudo', job['parent'])
        section = _tox(job['vars']['tox_envlist'])
        command = shlex.split(section['commands'].replace('\\\n', ' '))
        self.assertEqual(['sh', '-c'], command[:2])
        self.assertIn('stestr', command)
        with tempfile.TemporaryDirectory() as name:
            os.chmod(name, 0o755)
            sudo = Path(name) / 'sudo'
            sudo.write_text('#!/bin/sh\necho sudo "$@"\n')
            sudo.chmod(0o755)
            outputs = []
            users = {os.geteuid(), _NOBODY} if not os.geteuid() else {None}
            for user in users:
                done = subprocess.run(
                    [*command[:4], 'echo', 'tests'],
                    env={'PATH': f'{name}:/usr/bin:/bin'},
                    user=user,
                    cwd='/',
                    check=True,
                    stdout=subprocess.PIPE,
                    text=True,
                )
                outputs.append(done.stdout)
        expected = {'sudo --non-interactive echo tests\n'}
        if not os.geteuid():
            expected.add('tests\n')
        self.assertEqual(expected, set(outputs))
