# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The jobs of other projects fit the jobs that they inherit from.

Rule: what Zuul itself thinks of them, ``tox -e zuul`` asks it.
"""

from typing import Any

from oslotest import base as oslotest_base
import yaml

from unixnotif.tests.examples import base

_OURS = base.ROOT / 'zuul.d/jobs.yaml'
_ROLE = base.ROOT / 'roles/unixnotif-collect/defaults/main.yaml'
# Of the parents of our jobs.
_PARENTS = {'devstack_localrc', 'tempest_test_regex', 'tox_envlist'}


class ZuulTest(oslotest_base.BaseTestCase):
    """The examples use what is there."""

    def setUp(self) -> None:
        super().setUp()
        if not _OURS.is_file():
            self.skipTest('the jobs are not installed')
        self.ours = self.jobs(_OURS.read_text())
        self.settings = (base.ROOT / 'devstack/settings').read_text()

    def jobs(self, text: str) -> dict[str, Any]:
        """The jobs of a configuration, by name."""
        stanzas = yaml.safe_load(text)
        jobs = [stanza['job'] for stanza in stanzas if 'job' in stanza]
        return {job['name']: job for job in jobs}

    def check(self, name: str) -> None:
        """The jobs of a file inherit from ours, and set known variables."""
        role = yaml.safe_load(_ROLE.read_text())
        text = (base.EXAMPLES / f'config/{name}.yaml').read_text()
        for job in self.jobs(text).values():
            parent = self.ours[job['parent']]
            known = {*parent['vars'], *role, *_PARENTS}
            self.assertEqual(set(), set(job['vars']) - known)
            # The parent's list is about the files of unixnotif.
            self.assertIn('irrelevant-files', job)
            for setting in job['vars'].get('devstack_localrc', {}):
                self.assertIn(f'{setting}=', self.settings)

    def test_nova(self) -> None:
        """One variable brings a catalogue."""
        self.check('zuul_nova')

    def test_cinder(self) -> None:
        """Tests of another project, and another service."""
        self.check('zuul_cinder')

    def test_capture(self) -> None:
        """The jobs look where the plugin captures by default."""
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
