# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Prepare nova's own environment: packages, this checkout, nova's source tree.

Rule: the pins of nova's requirements also hold when unixnotif is installed.
"""

from pathlib import Path
import re
import shutil

from tools import workdirs

REQUIREMENTS = Path(__file__).with_name('requirements.txt')

_EXTRAS = 'cli,test'


class Environment(workdirs.WorkDirectory):
    """A work directory with a virtual environment and nova's source in it.

    :param workdir: where everything is kept from one run to the next
    """

    def __init__(self, workdir: Path) -> None:
        super().__init__(workdir)
        release = re.search(
            r'^nova==(\S+)$', REQUIREMENTS.read_text(), re.MULTILINE
        )
        assert release is not None
        self.release = release[1]
        self.source = self.workdir / f'nova-{self.release}'

    def clear(self) -> None:
        """Remove everything that earlier runs have prepared."""
        super().clear()
        shutil.rmtree(self.source, ignore_errors=True)

    def prepare(self, *, project: bool) -> None:
        """Do the steps that are missing.

        :param project: True if nova's tests need unixnotif
        :raises ToolError: a step failed; the message names the log to read
        """
        self.install(
            f'nova {self.release}',
            ['--requirement', REQUIREMENTS],
            REQUIREMENTS.read_text(),
        )
        # The wheel has neither the samples nor etc/.
        self.unpack('nova', self.release, self.source)
        if project:
            self.install_checkout(_EXTRAS, ['--requirement', REQUIREMENTS])
