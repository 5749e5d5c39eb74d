# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""A cloud's directory, with this environment in place of the services'."""

from pathlib import Path
import shutil
import sys

import fixtures
from oslotest import base

from tools.cloud import cloud
from tools.cloud import configuration
from tools.cloud import layout
from tools.cloud import servers


class CloudTest(base.BaseTestCase):
    """Files and processes are real; only nova itself is not installed."""

    def setUp(self) -> None:
        super().setUp()
        self.root = Path(self.useFixture(fixtures.TempDir()).path)
        venv = self.root / 'venv'
        (venv / 'etc/nova').mkdir(parents=True)
        (venv / 'etc/nova/api-paste.ini').touch()
        (venv / 'bin').mkdir()
        for name, module in {'unixnotif': 'unixnotif.cli'}.items():
            program = venv / 'bin' / name
            program.write_text(
                f'#!/bin/sh\nexec {sys.executable} -P -m {module} "$@"\n'
            )
            program.chmod(0o755)
        self.where = layout.Layout(
            self.root / 'run', venv, layout.Ports.choose()
        )
        for path in servers.directories(self.where):
            path.mkdir(parents=True)
        self.where.save()
        self.cloud = cloud.Cloud(self.where)
        self.addCleanup(self.cloud.down)

    def configure(self, **settings: str) -> None:
        """Write all configuration files."""
        shutil.rmtree(self.where.etc, ignore_errors=True)
        configuration.write_all(self.where)
        configuration.configure_notifications(self.where, settings)

    def edit(self, path: Path, old: str, new: str) -> None:
        """Change a file; the old text must be there once."""
        text = path.read_text()
        self.assertEqual(1, text.count(old), text)
        path.write_text(text.replace(old, new))
