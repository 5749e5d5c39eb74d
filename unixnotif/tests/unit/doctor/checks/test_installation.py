# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Installations."""

from unixnotif.doctor import installations
from unixnotif.doctor.checks import installation
from unixnotif.tests import base


class InstallationTest(base.TestCase):
    def test_states(self) -> None:
        """Each state of an installation."""
        for version, driver, name in (
            ('1', 'loads', 'installed'),
            ('1', 'registered', 'installed'),
            ('1', '', 'driver-not-registered'),
            ('1', 'ImportError: x', 'driver-broken'),
            ('', '', 'not-installed'),
        ):
            found = installations.Installation(
                '/opt/x/bin/python3', version, driver
            )
            self.assertEqual(name, installation.check_here(found).name)
            self.assertEqual(
                name, installation.check_service(found, 'process 7').name
            )

    def test_fix(self) -> None:
        """A command, for an interpreter and for an environment."""
        for where in ('/opt/x/bin/python', '/opt/x'):
            found = installation.check_service(
                installations.Installation(where), 'x'
            )
            self.assertTrue(
                found.fix.endswith(': /opt/x/bin/python -m pip install .'),
                found.fix,
            )

    def test_unknown(self) -> None:
        """An environment that cannot be found is a note."""
        found = installation.check_service(None, 'process 7')
        self.assertEqual('note', found.level)
        self.assertIn('process 7', found.what)
