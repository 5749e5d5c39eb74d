# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The public names of the package itself."""

import subprocess
import sys
import textwrap

from oslotest import base

import unixnotif


class PackageTest(base.BaseTestCase):
    def test_public_classes(self) -> None:
        """Every name that is offered is there."""
        for name in unixnotif.__all__:
            self.assertEqual(name, getattr(unixnotif, name).__name__)
        self.assertEqual(sorted(unixnotif._HOMES), unixnotif.__all__)

    def test_other_names(self) -> None:
        """An unknown name is an AttributeError."""
        error = self.assertRaises(
            AttributeError, getattr, unixnotif, 'Subscriber'
        )
        self.assertEqual(
            "module 'unixnotif' has no attribute 'Subscriber'", str(error)
        )

    def test_import_is_light(self) -> None:
        """Importing the package loads no other module until a name is used."""
        program = """
            import sys, unixnotif
            def loaded():
                print(*sorted(n for n in sys.modules if 'unixnotif.' in n))
            loaded()
            unixnotif.Address
            loaded()
        """
        done = subprocess.run(
            [sys.executable, '-c', textwrap.dedent(program)],
            capture_output=True,
            text=True,
            check=True,
        )
        self.assertEqual(
            ['', 'unixnotif.address unixnotif.errors'],
            done.stdout.splitlines(),
        )
