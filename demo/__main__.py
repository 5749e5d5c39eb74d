# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""``python -m demo``."""

import sys
import warnings

if not sys.warnoptions:
    # Planned deprecations of libraries are out of scope.
    warnings.simplefilter('ignore')

try:
    from demo import run
except ModuleNotFoundError as e:
    sys.exit(f'demo: {e}; "make demo" installs the requirements')

sys.exit(run.main())
