# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The programs of the guide to oslotest."""

from unixnotif.tests.examples import base

_PROGRAMS = (
    'oslotest_capture',
    'oslotest_assertions',
    'oslotest_attach',
    'oslotest_configuration',
    'oslotest_burst',
    'oslotest_process',
    'oslotest_consumer',
)


class ProgramsTest(base.ExampleTest):
    def test_programs(self) -> None:
        """Every program passes beside the service that it tests."""
        self.write('programs/thing.py', 'thing.py')
        for name in _PROGRAMS:
            self.write(f'programs/{name}.py', f'{name}.py')

        run = self.shell(f'python -m testtools.run {" ".join(_PROGRAMS)}')

        output = run.finish()
        self.assertEqual(0, run.process.returncode, output)
        self.assertIn('Ran 17 tests', output)
