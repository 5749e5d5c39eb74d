# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Prepare the environment of a project: packages, source, adopted source."""

from pathlib import Path
import shutil

from tools import workdirs
from tools.adopt import patches
from tools.adopt import projects


class Environment(workdirs.WorkDirectory):
    """The work directory of one project.

    :param workdir: where everything is kept from one run to the next
    :param project: the project
    """

    def __init__(self, workdir: Path, project: projects.Project) -> None:
        super().__init__(workdir / project.name)
        self.project = project
        self.baseline = self.workdir / 'baseline'
        self.adopted = self.workdir / 'adopted'

    def clear(self) -> None:
        """Remove everything that earlier runs have prepared."""
        super().clear()
        for path in (self.baseline, self.adopted):
            shutil.rmtree(path, ignore_errors=True)

    def prepare(self) -> None:
        """Do the steps that are missing.

        :raises ToolError: a step failed; the message names the log to read
        """
        project = self.project
        # The wheel may lack the tests.
        self.unpack(project.package, project.release, self.baseline)
        required = self.baseline / 'test-requirements.txt'
        self.install(
            f'{project.package} {project.release}',
            [
                f'{project.package}=={project.release}',
                f'--requirement={required}',
                *project.requirements,
            ],
            required.read_text(),
        )
        self.install_checkout('test')
        self._adopt()

    def _adopt(self) -> None:
        change = self.project.change.read_text()
        stamp = self.workdir / 'adopted.stamp'
        if workdirs.is_current(stamp, change) and self.adopted.is_dir():
            return
        stamp.unlink(missing_ok=True)
        shutil.rmtree(self.adopted, ignore_errors=True)
        shutil.copytree(
            self.baseline,
            self.adopted,
            ignore=shutil.ignore_patterns('.stestr', '__pycache__'),
            symlinks=True,
        )
        patches.apply(change, self.adopted)
        stamp.write_text(change)
