# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The commands of the page about a cloud of real processes.

Rule: the page shows the output of a real run, which takes minutes. Here, the
tool and a shell must accept each command, and the paths must be the tool's.
"""

import importlib
import subprocess
from typing import Any

from unixnotif.tests.examples import base

_TOOL = base.ROOT / 'tools/cloud'
_SESSIONS = (
    'console/cloud_up.console',
    'console/cloud_tail.console',
    'console/cloud_server.console',
    'console/cloud_test.console',
    'console/cloud_down.console',
)


class CloudTest(base.ExampleTest):
    """Nothing is started."""

    def setUp(self) -> None:
        super().setUp()
        if not _TOOL.is_dir():
            self.skipTest('the tool is in the source tree only')

    def module(self, name: str) -> Any:
        """Return a module of the tool, which no package contains."""
        return importlib.import_module(f'tools.cloud.{name}')

    def test_commands(self) -> None:
        """The tool has each command, and a shell understands the rest."""
        options = self.module('options')
        found = []
        for name in _SESSIONS:
            for command, _ in self.commands(name):
                subprocess.run(['bash', '-n', '-c', command], check=True)
                tool = command.partition('tox -e cloud -- ')[2]
                if tool:
                    found.append(options.parse(tool.split()).command)
        self.assertEqual(['up', 'test', 'down'], found)

    def test_paths(self) -> None:
        """The paths are those of the default work directory."""
        options, layout = self.module('options'), self.module('layout')
        workdir = options.parse(['up']).workdir
        where = layout.Layout(
            workdir / 'run', workdir / 'venv', layout.Ports.choose()
        )
        for name, path in (
            ('console/cloud_tail.console', where.rendezvous),
            ('console/cloud_tail.console', where.bin),
            ('console/cloud_server.console', where.clouds_yaml),
        ):
            shown = f'$PWD/{path.relative_to(base.ROOT)}'
            self.assertIn(shown, self.read(name))
        self.assertIn(
            f'OS_CLOUD={layout.NAME}',
            self.read('console/cloud_server.console'),
        )
