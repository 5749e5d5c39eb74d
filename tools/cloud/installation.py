# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The services, their libraries and this checkout in one environment."""

from pathlib import Path

from tools import workdirs

REQUIREMENTS = Path(__file__).with_name('requirements.txt')
_EXTRAS = 'cli,fast,relay,report,test'


def install(where: workdirs.WorkDirectory) -> None:
    """Install what is missing.

    The requirements are complete, so that pip need not search. Services
    compile only those modules that they import.

    :raises ToolError: pip fails; the message names its log
    """
    where.install(
        'keystone, placement, glance and nova',
        ['--no-deps', '--no-compile', '-r', REQUIREMENTS],
        REQUIREMENTS.read_text(),
    )
    where.install_checkout(_EXTRAS, ['--no-compile', '-c', REQUIREMENTS])
