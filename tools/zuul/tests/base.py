# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The environment of the tests, and a copy of the tree to break."""

import os
from pathlib import Path
import shutil
import tempfile
import unittest

from tools.zuul import environment
from tools.zuul import requirements


class TestCase(unittest.TestCase):
    """A test with its own directory and environment."""

    maxDiff = None

    def setUp(self) -> None:
        """Create the directory, and the environment if it is missing."""
        super().setUp()
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.directory = Path(temporary.name)
        self.where = environment.Environment(
            Path(os.environ.get(environment.VARIABLE, environment.WORKDIR))
        )
        self.where.prepare()

    def copy(self) -> Path:
        """Copy the files that the checks read."""
        tree = self.directory / 'tree'
        for name in ('zuul.d', 'playbooks', 'roles'):
            shutil.copytree(environment.CHECKOUT / name, tree / name)
        (tree / 'doc').mkdir()
        for name in requirements.FILES:
            shutil.copy(environment.CHECKOUT / name, tree / name)
        return tree
