# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""A wrong tree is noticed, and said so that its author finds the place."""

import contextlib
import io
from pathlib import Path

from tools import errors
from tools.zuul import __main__
from tools.zuul import stages
from tools.zuul.tests import base


class MutationTest(base.TestCase):
    """Each test breaks a copy of the jobs in one way."""

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
        """Some finding has what the pattern says."""
        self.assertRegex('\n'.join(self.findings(*names)), pattern)

    def run_command(self, *names: str) -> tuple[int, str]:
        """The exit status of the command, and what it prints."""
        arguments = [f'--tree={self.tree}', f'--workdir={self.where.workdir}']
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            status = __main__.main([*arguments, *names])
        return status, output.getvalue()

    def test_unbroken(self) -> None:
        """The copy as it is has no findings, and the command succeeds."""
        names = ('zuulcilint', 'parsers', 'references', 'syntax')
        status, output = self.run_command(*names)
        self.assertEqual(0, status, output)

    def test_status(self) -> None:
        """One finding fails the command, and no later check is left out."""
        self.edit('zuul.d/jobs.yaml', 'voting:', 'votes:')
        status, output = self.run_command('parsers', 'references')
        self.assertEqual(1, status)
        self.assertRegex(output, 'parsers: 1 findings')
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
        """A key that stands twice in one job."""
        self.edit(
            'zuul.d/jobs.yaml',
            'timeout: 7200\n',
            'timeout: 7200\n    timeout: 1\n',
        )
        self.assert_found('timeout', 'parsers')

    def test_broken_yaml(self) -> None:
        """Text that is not YAML is a finding."""
        self.edit('zuul.d/jobs.yaml', 'vars:', 'vars: {')
        self.assert_found(r'zuul\.d/jobs\.yaml: ', 'parsers')

    def test_bad_regular_expression(self) -> None:
        """An invalid regular expression is a finding."""
        self.edit('zuul.d/jobs.yaml', r'- ^.*\.rst$', r'- ^(.*\.rst$')
        self.assert_found('missing [)]|unterminated', 'parsers')

    def test_foreign_regular_expression(self) -> None:
        """An expression for Python only is a finding."""
        self.edit('zuul.d/jobs.yaml', r'- ^.*\.rst$', r'- ^(?!a).*\.rst$')
        self.assert_found('invalid perl operator', 'parsers')

    def test_missing_playbook(self) -> None:
        """A job names a playbook that is not there."""
        (self.tree / 'playbooks/unixnotif-devstack/post.yaml').unlink()
        self.assert_found(
            'no playbook playbooks/unixnotif-devstack/post.yaml', 'references'
        )

    def test_forgotten_playbook(self) -> None:
        """A playbook is there that no job names."""
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
        """A pipeline runs a job that is not there."""
        self.edit(
            'zuul.d/project.yaml', '- unixnotif-tox-zuul', '- unixnotif-zuul'
        )
        self.assert_found('job in check: .* unixnotif-zuul', 'references')

    def test_unknown_template(self) -> None:
        """A template that is not listed."""
        self.edit('zuul.d/project.yaml', '- check-req', '- check-my-req')
        self.assert_found('template: .* check-my-requirements', 'references')

    def test_job_that_is_not_run(self) -> None:
        """A job that nobody runs or inherits from."""
        path = self.tree / 'zuul.d/project.yaml'
        text = path.read_text()
        path.write_text(text.replace('        - unixnotif-tox-mypy\n', ''))
        self.assert_found('no pipeline runs unixnotif-tox-mypy', 'references')

    def test_two_configurations(self) -> None:
        """Zuul would read one of them, and nobody knows which."""
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
            '- name: Look for what was captured\n  find:',
            '- find:',
        )
        self.assert_found(r'name\[missing\]', 'ansible-lint')
