# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Jobs of other projects, and the files for OpenDev.

Rule: these tests compare names; ``tox -e zuul`` reads the jobs with Zuul's
own parsers.
"""

import configparser
from typing import Any

from oslotest import base as oslotest_base
import yaml

from unixnotif.tests.examples import base

_OURS = base.ROOT / 'zuul.d/jobs.yaml'
_ROLE = base.ROOT / 'roles/unixnotif-collect/defaults/main.yaml'
# Variables of the parents of our jobs.
_PARENTS = {'devstack_localrc', 'tempest_test_regex', 'tox_envlist'}


class ZuulTest(oslotest_base.BaseTestCase):
    """The variables of the examples exist."""

    def setUp(self) -> None:
        super().setUp()
        if not _OURS.is_file():
            self.skipTest('the jobs are not installed')
        self.ours = self.jobs(_OURS.read_text())
        self.settings = (base.ROOT / 'devstack/settings').read_text()

    def jobs(self, text: str) -> dict[str, Any]:
        """Return the jobs of a configuration, by name."""
        stanzas = yaml.safe_load(text)
        jobs = [stanza['job'] for stanza in stanzas if 'job' in stanza]
        return {job['name']: job for job in jobs}

    def check(self, name: str) -> None:
        """Assert that jobs inherit from ours, and set known variables."""
        role = yaml.safe_load(_ROLE.read_text())
        text = (base.EXAMPLES / f'config/{name}.yaml').read_text()
        for job in self.jobs(text).values():
            parent = self.ours[job['parent']]
            known = {*parent['vars'], *role, *_PARENTS}
            self.assertEqual(set(), set(job['vars']) - known)
            # The parent's list describes the files of unixnotif.
            self.assertIn('irrelevant-files', job)
            for setting in job['vars'].get('devstack_localrc', {}):
                self.assertIn(f'{setting}=', self.settings)

    def test_nova(self) -> None:
        """One variable names a catalogue."""
        self.check('zuul_nova')

    def test_cinder(self) -> None:
        """The jobs run other tests, and capture another service."""
        self.check('zuul_cinder')

    def test_capture(self) -> None:
        """The jobs expect the capture in the plugin's default directory."""
        role = yaml.safe_load(_ROLE.read_text())
        for job in self.ours.values():
            given = job.get('vars', {})
            if 'devstack_plugins' in given:
                directory = given['unixnotif_capture_dir']
                self.assertEqual(role['unixnotif_capture_dir'], directory)
                self.assertEqual('/opt/stack/data/unixnotif', directory)
                self.assertTrue(
                    (
                        base.ROOT
                        / given['unixnotif_catalogue'].partition(
                            'openstack/unixnotif/'
                        )[2]
                    ).is_file()
                )


class OpenDevTest(oslotest_base.BaseTestCase):
    """The files for OpenDev name the repository as the jobs do."""

    def setUp(self) -> None:
        super().setUp()
        self.gitreview = base.ROOT / '.gitreview'
        if not self.gitreview.is_file():
            self.skipTest('the sources are not here')

    def load(self, name: str) -> Any:
        """Return the only stanza of an example."""
        text = (base.EXAMPLES / f'config/{name}').read_text()
        [stanza] = yaml.safe_load(text)
        return stanza

    def test_names(self) -> None:
        """One name in all files, and in the jobs."""
        text = self.gitreview.read_text()
        # The page shows a copy: archives of the sources lack .gitreview.
        shown = base.EXAMPLES / 'config/opendev_gitreview.ini'
        self.assertEqual(text, shown.read_text())
        gitreview = configparser.ConfigParser()
        gitreview.read_string(text)
        name = gitreview['gerrit']['project'].removesuffix('.git')
        self.assertEqual(name, self.load('opendev_gerrit.yaml')['project'])
        tenant = self.load('opendev_tenant.yaml')['tenant']
        self.assertEqual(
            [name], tenant['source']['gerrit']['untrusted-projects']
        )
        project = self.load('opendev_jobs.yaml')['project']
        self.assertEqual(name, project['name'])
        jobs = yaml.safe_load(_OURS.read_text())
        self.assertIn(
            name,
            {
                required
                for stanza in jobs
                for required in stanza['job'].get('required-projects', ())
            },
        )
        self.assertIn(
            f'https://opendev.org/{name}',
            (base.ROOT / 'devstack/local.conf.sample').read_text(),
        )

    def test_reviewers(self) -> None:
        """Only one group may approve changes."""
        acl = configparser.ConfigParser()
        acl.read(base.EXAMPLES / 'config/opendev_acl.conf')
        heads = acl['access "refs/heads/*"']
        groups = {value.partition('group ')[2] for value in heads.values()}
        self.assertEqual({'unixnotif-core'}, groups)
