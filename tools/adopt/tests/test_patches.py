# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Changes without context lines."""

from pathlib import Path

import fixtures
from oslotest import base

from tools import errors
from tools.adopt import patches
from tools.adopt import projects

BEFORE = 'one\ntwo\nthree\nfour\n'
CHANGE = """\
--- a/x/it.py
+++ b/x/it.py
@@ -0,0 +1 @@
+zero
@@ -2 +3,2 @@
-two
+2
+2b
@@ -4 +5,0 @@
-four
"""


class ApplyTest(base.BaseTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.root = Path(self.useFixture(fixtures.TempDir()).path)
        self.path = self.root / 'x' / 'it.py'
        self.path.parent.mkdir()
        self.path.write_text(BEFORE)

    def test_apply(self) -> None:
        """Lines are added, replaced and removed where the change says."""
        self.assertEqual(['x/it.py'], patches.apply(CHANGE, self.root))
        self.assertEqual('zero\none\n2\n2b\nthree\n', self.path.read_text())

    def test_twice(self) -> None:
        """A change that does not fit is an error that names the line."""
        patches.apply(CHANGE, self.root)
        error = self.assertRaises(
            errors.ToolError, patches.apply, CHANGE, self.root
        )
        self.assertIn(f'{self.path}, line 3', str(error))
        self.assertIn("there is no 'two'", str(error))

    def test_no_such_file(self) -> None:
        """A file that is missing is an error that names it."""
        self.path.unlink()
        error = self.assertRaises(
            errors.ToolError, patches.apply, CHANGE, self.root
        )
        self.assertIn(f'the change needs {self.path}', str(error))

    def test_count(self) -> None:
        """Headers are no changed lines."""
        self.assertEqual(5, patches.count(CHANGE))


class ChangesTest(base.BaseTestCase):
    """The changes that the documentation shows."""

    def test_every_project_has_one(self) -> None:
        """A change edits files of tests only, and no test method."""
        for project in projects.PROJECTS.values():
            change = project.change.read_text()
            self.assertGreater(patches.count(change), 0)
            for line in change.splitlines():
                self.assertNotRegex(line, r'^[-+] *def test_')
                if line.startswith('+++ '):
                    self.assertIn('test', line)
        self.assertEqual(
            sorted(projects.PROJECTS),
            sorted(path.stem for path in projects.CHANGES.iterdir()),
        )
