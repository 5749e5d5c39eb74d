# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The command as ``python -m unixnotif``.

Rule: nothing but the start; :mod:`unixnotif.cli` runs the command, and
reports a missing extra.
"""

import sys

from unixnotif import cli

# Messages and usage texts show argv[0] as the name of the command.
sys.argv[0] = 'unixnotif'
sys.exit(cli.main())
