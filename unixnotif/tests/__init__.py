# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The tests of the package.

Rule: environment variables about terminals and addresses change no result.
"""

import os

os.environ['TERM'] = 'xterm'
for _name in (
    'COLORTERM',
    'COLUMNS',
    'FORCE_COLOR',
    'LINES',
    'NO_COLOR',
    'PYTHONIOENCODING',
    'TTY_COMPATIBLE',
    'TTY_INTERACTIVE',
    'UNIXNOTIF_URI',
):
    os.environ.pop(_name, None)
