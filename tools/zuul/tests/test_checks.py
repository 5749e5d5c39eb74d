# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Findings about wrong trees, with the place of each mistake."""

import contextlib
import io
import os
from pathlib import Path
import unittest

import yaml

from tools import errors
from tools.zuul import __main__
from tools.zuul import requirements
from tools.zuul import stages
from tools.zuul.tests import base


class MutationCase(base.TestCase):
    """A copy of the tree that a test breaks in one way."""

    def setUp(self) -> None:
        super().setUp()
        self.tree = self.copy()

    def edit(self, name: str, old: str, new: str) -> Path:
        """Replace text that must be there."""
        path = self.tree / name
        text = path.read_text()
        self.assertIn(old, text)
        path.write_text(text.replace(old, new, 1))
        return path

    def findings(self, *names: str) -> list[str]:
        """Return the findings of the stages."""
        return [
            finding
            for name in names
            for finding in stages.STAGES[name](self.tree, self.where)
        ]

    def assert_found(self, pattern: str, *names: str) -> None:
        """Assert that a finding matches the pattern."""
        self.assertRegex('\n'.join(self.findings(*names)), pattern)

    def run_command(self, *names: str) -> tuple[int, str]:
        """Return the command's exit status and output."""
        arguments = [f'--tree={self.tree}', f'--workdir={self.where.workdir}']
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            status = __main__.main([*arguments, *names])
        return status, output.getvalue()


class MutationTest(MutationCase):
    """Each test breaks a copy of the jobs in one way."""

    def test_unbroken(self) -> None:
        """The unchanged copy has no findings, and the command succeeds."""
        names = (
            *('zuulcilint', 'parsers', 'references', 'requirements'),
            'syntax',
        )
        status, output = self.run_command(*names)
        self.assertEqual(0, status, output)

    def test_status(self) -> None:
        """One finding fails the command, and all later checks run."""
        self.edit('zuul.d/jobs.yaml', 'voting:', 'votes:')
        status, output = self.run_command('parsers', 'references')
        self.assertEqual(1, status)
        self.assertRegex(output, 'parsers: 1 finding,')
        self.assertRegex(output, 'references: ')

    def test_unknown_key(self) -> None:
        """A key that jobs do not have."""
        self.edit('zuul.d/jobs.yaml', 'voting:', 'votes:')
        self.assert_found('extra keys not allowed.*votes', 'parsers')
        self.assert_found('votes', 'zuulcilint')

    def test_wrong_type(self) -> None:
        """A word where a number is expected."""
        self.edit('zuul.d/jobs.yaml', 'timeout: 7200', 'timeout: long')
        self.assert_found(r'expected int.*timeout', 'parsers')

    def test_unknown_key_in_pipeline(self) -> None:
        """A key that a project's pipelines do not have."""
        self.edit(
            'zuul.d/project.yaml', 'check:\n', 'check:\n      fast: true\n'
        )
        self.assert_found('extra keys not allowed.*fast', 'parsers')

    def test_duplicate_key(self) -> None:
        """A job with the same key twice."""
        self.edit(
            'zuul.d/jobs.yaml',
            'timeout: 7200\n',
            'timeout: 7200\n    timeout: 1\n',
        )
        self.assert_found('timeout', 'parsers')

    def test_broken_yaml(self) -> None:
        """A file that is not YAML."""
        self.edit('zuul.d/jobs.yaml', 'vars:', 'vars: {')
        self.assert_found(r'zuul\.d/jobs\.yaml: ', 'parsers')

    def test_bad_regular_expression(self) -> None:
        """A regular expression that does not compile."""
        self.edit('zuul.d/jobs.yaml', r'- ^.*\.rst$', r'- ^(.*\.rst$')
        self.assert_found('missing [)]|unterminated', 'parsers')

    def test_foreign_regular_expression(self) -> None:
        """A regular expression that Python accepts, but Zuul does not."""
        self.edit('zuul.d/jobs.yaml', r'- ^.*\.rst$', r'- ^(?!a).*\.rst$')
        self.assert_found('invalid perl operator', 'parsers')

    def test_missing_playbook(self) -> None:
        """A job names a playbook that does not exist."""
        (self.tree / 'playbooks/unixnotif-devstack/post.yaml').unlink()
        self.assert_found(
            'playbooks/unixnotif-devstack/post.yaml does not exist',
            'references',
        )

    def test_forgotten_playbook(self) -> None:
        """No job names a playbook."""
        (self.tree / 'playbooks/old.yaml').write_text('[]\n')
        self.assert_found('playbooks/old.yaml: no job runs it', 'references')

    def test_unknown_parent(self) -> None:
        """A parent that is neither ours nor listed."""
        self.edit(
            'zuul.d/jobs.yaml',
            'parent: devstack-tox-functional',
            'parent: devstack-tox-functionnal',
        )
        self.assert_found(
            'parent of unixnotif-devstack-functional: .*functionnal',
            'references',
        )

    def test_unknown_job(self) -> None:
        """A pipeline runs a job that does not exist."""
        self.edit(
            'zuul.d/project.yaml', '- unixnotif-tox-zuul', '- unixnotif-zuul'
        )
        self.assert_found('job in check: unixnotif-zuul', 'references')

    def test_unknown_template(self) -> None:
        """A template that is not listed."""
        self.edit('zuul.d/project.yaml', '- openstack-cov', '- our-cov')
        self.assert_found('template: our-cover-jobs', 'references')

    def test_job_that_is_not_run(self) -> None:
        """No pipeline runs a job, and no job inherits from it."""
        path = self.tree / 'zuul.d/project.yaml'
        text = path.read_text()
        path.write_text(text.replace('        - unixnotif-tox-mypy\n', ''))
        self.assert_found('no pipeline runs unixnotif-tox-mypy', 'references')

    def test_two_configurations(self) -> None:
        """Zuul would read only one of two configurations."""
        (self.tree / '.zuul.yaml').write_text('[]\n')
        self.assertRaises(errors.ToolError, self.findings, 'parsers')

    def test_playbook_syntax(self) -> None:
        """A play with a key that plays do not have."""
        self.edit('playbooks/unixnotif-devstack/post.yaml', 'hosts:', 'host:')
        self.assert_found('host', 'syntax')

    def test_missing_role(self) -> None:
        """A play uses a role that is not there."""
        (self.tree / 'roles/unixnotif-collect').rename(self.tree / 'roles/x')
        self.assert_found('unixnotif-collect', 'syntax')

    def test_ansible_lint(self) -> None:
        """A task without a name."""
        self.edit(
            'roles/unixnotif-collect/tasks/main.yaml',
            '- name: Find the capture files\n  find:',
            '- find:',
        )
        self.assert_found(r'name\[missing\]', 'ansible-lint')


class RequirementsTest(MutationCase):
    """The rules of openstack/requirements, and our decision about them.

    With ``UNIXNOTIF_REQUIREMENTS`` each of these also meets the real check.
    """

    def test_unknown_package(self) -> None:
        """A new package needs a decision."""
        self.edit('requirements.txt', 'oslo.config', 'flask>=3.0\noslo.config')
        self.assert_found('flask: add it to "listed" or', 'requirements')

    def test_unlisted_package_in_production(self) -> None:
        """A production install needs only packages that are listed."""
        self.edit('requirements.txt', 'oslo.config', 'rich>=13\noslo.config')
        self.assert_found('production install must not need', 'requirements')

    def test_unused_decision(self) -> None:
        """A package that no file names any more."""
        self.edit('setup.cfg', '    sdnotify>=0.3.2\n', '')
        self.assert_found('no requirement file names sdnotify', 'requirements')

    def test_bounds(self) -> None:
        """No bound, an upper bound, an exclusion and a marker."""
        for line in (
            'pbr',
            'pbr>=6.1.1,<8',
            'pbr>=6.1.1,!=7.0',
            "pbr>=6.1.1;python_version<'3.12'",
        ):
            tree = self.tree / 'test-requirements.txt'
            before = tree.read_text()
            self.edit('test-requirements.txt', 'pbr>=6.1.1', line)
            self.assert_found('pbr needs one lower bound', 'requirements')
            tree.write_text(before)

    def test_spelling(self) -> None:
        """The real check compares the spelling of names."""
        self.edit('requirements.txt', 'oslo.config', 'Oslo-Config')
        self.assert_found('write Oslo-Config as oslo.config', 'requirements')

    def test_invalid_line(self) -> None:
        """A line that is no requirement."""
        self.edit('requirements.txt', 'oslo.config>=', 'oslo.config >> ')
        self.assert_found('requirements.txt: oslo.config >>', 'requirements')

    def test_duplicate(self) -> None:
        """One file with the same package twice."""
        self.edit(
            'requirements.txt', 'oslo.config', 'pbr>=6\nPBR>=7\noslo.config'
        )
        self.assert_found('pbr occurs twice', 'requirements')

    def test_build_backend(self) -> None:
        """Another build backend than pbr."""
        self.edit('pyproject.toml', '"pbr.build"', '"setuptools.build_meta"')
        self.assert_found('build-backend is setuptools', 'requirements')

    def test_template(self) -> None:
        """The template whose job would fail."""
        self.edit(
            'zuul.d/project.yaml',
            '- openstack-cover-jobs',
            '- check-requirements\n      - openstack-cover-jobs',
        )
        self.assert_found('check-requirements fails while', 'requirements')


@unittest.skipUnless(
    os.environ.get(requirements.VARIABLE),
    f'{requirements.VARIABLE} names no checkout of openstack/requirements',
)
class RealCheckTest(base.TestCase):
    """The script of openstack/requirements agrees with the decision."""

    def check(self, *unlisted: str) -> list[str]:
        """Return the findings for a decision about unlisted packages."""
        checkout = Path(os.environ[requirements.VARIABLE])
        return list(
            requirements.check_with(checkout, self.copy(), set(unlisted))
        )

    def test_decision(self) -> None:
        """The script accepts the decision of this repository."""
        decision = yaml.safe_load(requirements.DECISION.read_text())
        unlisted = set(decision['unlisted'])
        self.assertEqual([], self.check(*unlisted))

    def test_listed_in_fact(self) -> None:
        """A package that openstack/requirements has begun to list."""
        decision = yaml.safe_load(requirements.DECISION.read_text())
        [finding] = self.check(*decision['unlisted'], 'cliff')
        self.assertIn('lists cliff; move it to "listed"', finding)

    def test_unlisted_in_fact(self) -> None:
        """A package that openstack/requirements does not list."""
        decision = yaml.safe_load(requirements.DECISION.read_text())
        [finding] = self.check(*{*decision['unlisted']} - {'rich'})
        self.assertIn('does not list rich; move it to "unlisted"', finding)
