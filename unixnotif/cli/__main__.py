# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The command as ``python -m unixnotif.cli``."""

import sys

from unixnotif import cli

# Messages show argv[0] as the name of the command.
sys.argv[0] = 'unixnotif'
sys.exit(cli.main())
