# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The command as ``python -m unixnotif.cli``."""

import sys

from unixnotif import cli

# Messages name the command by this.
sys.argv[0] = 'unixnotif'
sys.exit(cli.main())
