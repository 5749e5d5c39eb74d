# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Shared parts of the tests: an environment, and a tree to break."""

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
