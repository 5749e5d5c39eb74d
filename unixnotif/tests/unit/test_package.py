#    Licensed under the Apache License, Version 2.0 (the "License"); you may
#    not use this file except in compliance with the License. You may obtain
#    a copy of the License at
#
#         http://www.apache.org/licenses/LICENSE-2.0
#
#    Unless required by applicable law or agreed to in writing, software
#    distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
#    WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
#    License for the specific language governing permissions and limitations
#    under the License.

"""What the package itself offers."""

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
        """What is not offered is missing as anywhere else."""
        error = self.assertRaises(
            AttributeError, getattr, unixnotif, 'Subscriber'
        )
        self.assertEqual(
            "module 'unixnotif' has no attribute 'Subscriber'", str(error)
        )

    def test_import_is_light(self) -> None:
        """It loads nothing else, until something is asked for."""
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
