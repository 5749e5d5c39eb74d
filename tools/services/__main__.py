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

"""Command line: ``python -m tools.services``.

Rule: the services' own modules run unchanged; one line of output a check.
"""

import argparse
import os
from pathlib import Path
import subprocess
import sys
import tempfile

from tools import errors
from tools import installs

_HERE = Path(__file__).parent
_DESCRIPTION = """\
Check that the notifier modules of Octavia and Blazar, unchanged, deliver
through this library, and that no document holds a token. Both services pass a
RequestContext to a Notifier without a serializer. Downloads both packages
into a temporary directory, which takes some seconds.
"""
_EPILOG = """\
exit status: 0 all is well, 1 a check failed, 2 wrong usage or failed install
"""


def main() -> int:
    """Run all checks; return the exit status."""
    argparse.ArgumentParser(
        prog='python -m tools.services',
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    ).parse_args()
    failed = 0
    with tempfile.TemporaryDirectory() as directory:
        target = Path(directory)
        try:
            installs.install(target, _HERE / 'requirements.txt')
        except errors.ToolError as e:
            print(e, file=sys.stderr)
            return 2
        for service in 'octavia', 'blazar':
            done = subprocess.run(
                [sys.executable, '-m', 'tools.services.emitter', service],
                env={**os.environ, 'SERVICES': str(target)},
                check=False,
            )
            failed += bool(done.returncode)
    return int(failed > 0)


if __name__ == '__main__':
    sys.exit(main())
