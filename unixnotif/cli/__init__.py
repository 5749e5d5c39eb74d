# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The command ``unixnotif``.

Rule: the libraries for people (argcomplete, cliff, rich) are imported when
the command runs. If one is missing, the command explains the error in place
of a traceback.
"""

from collections.abc import Sequence
import os
import sys
from typing import Final

_NEEDED: Final = ('argcomplete', 'cliff', 'rich')


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command.

    :param argv: arguments without the program's name; None takes them from
        the command line
    :returns: exit code: 0 for success, 1 for a failure, 2 for a wrong command
        line
    """
    try:
        # Without these imports, cliff would hide why a command is missing.
        import argcomplete  # noqa: F401
        import rich  # noqa: F401

        from unixnotif.cli import app
    except KeyboardInterrupt:
        return 0
    except ImportError as e:
        if e.name is None or e.name.partition('.')[0] not in _NEEDED:
            raise
        print(
            f'unixnotif: the command needs {e.name}, which is not '
            "installed; try: pip install 'unixnotif[cli]'",
            file=sys.stderr,
        )
        return 1
    if '_ARGCOMPLETE' in os.environ:
        # A shell asks for completions; argcomplete ends the process.
        from unixnotif.cli import completion

        completion.complete()
    return app.run(sys.argv[1:] if argv is None else argv)
