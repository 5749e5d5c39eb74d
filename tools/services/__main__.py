# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Command line: ``python -m tools.services``.

Rule: the services' own modules run unchanged; one line of output a check.
"""

import os
from pathlib import Path
import subprocess
import sys
import tempfile

from tools import commands
from tools import installs

PROGRAM = 'python -m tools.services'
_HERE = Path(__file__).parent
_DESCRIPTION = """\
Check that the unchanged notifier modules of Octavia and Blazar emit through
the unix driver, and that no document contains a token. Both services pass a
RequestContext to a Notifier without a serializer. Downloads both packages
into a temporary directory, which takes some seconds.
"""
_EPILOG = """\
exit status: 0 all checks passed, 1 a check failed, 2 wrong usage or failed
install
"""


def _check() -> int:
    failed = 0
    with tempfile.TemporaryDirectory() as directory:
        target = Path(directory)
        installs.install(target, _HERE / 'requirements.txt')
        for service in 'octavia', 'blazar':
            done = subprocess.run(
                [sys.executable, '-m', 'tools.services.emitter', service],
                env={**os.environ, 'SERVICES': str(target)},
                check=False,
            )
            failed += bool(done.returncode)
    return int(failed > 0)


def main() -> int:
    """Run all checks; return the exit status."""
    commands.parser(PROGRAM, _DESCRIPTION, _EPILOG).parse_args()
    return commands.run(PROGRAM, _check)


if __name__ == '__main__':
    sys.exit(main())
