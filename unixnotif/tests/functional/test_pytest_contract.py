# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The payload contract in sessions of pytest."""

from unixnotif import contract
from unixnotif.tests.functional import test_pytest_plugin
from unixnotif.tests.unit.contract import test_observations

SOURCE = """\
    def payload(**data):
        return {
            'x_object.name': 'Thing',
            'x_object.namespace': 'x',
            'x_object.version': '1.0',
            'x_object.data': data,
        }

    def test_kept(unix_notifier):
        unix_notifier.notifier('p').info({}, 'e', payload(a=1))

    def test_broken(unix_notifier):
        unix_notifier.notifier('p').info({}, 'e', payload(a='x'))
"""


class PytestContractTest(test_pytest_plugin.SessionTest):
    """A catalogue for a whole session."""

    def setUp(self) -> None:
        super().setUp()
        observer = contract.Observer()
        observer.add_payload('e', test_observations.versioned({'a': 1}))
        contract.write(
            str(self.folder / 'c.json'), contract.encode(observer.catalogue())
        )

    def test_option(self) -> None:
        """The test that emitted a changed payload fails."""
        counts, output = self.run_pytest(
            SOURCE, '--unixnotif-contract', 'c.json'
        )
        self.assertIn('1 failed, 1 passed', counts)
        self.assertIn(
            'test_it.py::test_broken emitted notifications that differ from '
            f'{self.folder}/c.json:',
            output,
        )
        self.assertIn(
            'e: x:Thing 1.0: a is string, but the catalogue has integer',
            output,
        )

    def test_no_catalogue(self) -> None:
        """A catalogue that cannot be read ends the session at once."""
        (self.folder / 'broken.json').write_text('{}')
        for path, expected in (
            ('none.json', 'there is no file none.json'),
            ('broken.json', 'broken.json: not a catalogue: '),
        ):
            argv = ('--unixnotif-contract', path)
            output = self.pytest_output(SOURCE, *argv)
            self.assertIn(f'ERROR: --unixnotif-contract: {expected}', output)
            self.assertNotIn('Traceback', output)
            self.assertNotIn('test_broken', output)

    def test_without(self) -> None:
        """Without the option, no test fails."""
        counts, _ = self.run_pytest(SOURCE)
        self.assertIn('2 passed', counts)
        self.assertNotIn('error', counts)
