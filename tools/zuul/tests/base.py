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

"""What the tests share: an environment, and a tree that they may break."""

import os
from pathlib import Path
import shutil
import tempfile
import unittest

from tools.zuul import environment


class TestCase(unittest.TestCase):
    """A test with a directory and an environment of its own."""

    maxDiff = None

    def setUp(self) -> None:
        """Make the directory, and the environment if it is not there."""
        super().setUp()
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.directory = Path(temporary.name)
        self.where = environment.Environment(
            Path(os.environ.get(environment.VARIABLE, environment.WORKDIR))
        )
        self.where.prepare()

    def copy(self) -> Path:
        """A copy of what the checks read."""
        tree = self.directory / 'tree'
        for name in ('zuul.d', 'playbooks', 'roles'):
            shutil.copytree(environment.CHECKOUT / name, tree / name)
        return tree
