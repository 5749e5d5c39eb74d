# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Benchmarks; see ``README.rst`` in this directory."""

import warnings

# oslo.service warns about eventlet on import, in every process.
warnings.filterwarnings('ignore', r'\s*Eventlet is deprecated')
