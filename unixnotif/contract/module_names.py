# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Names of Python modules.

Rule: pure functions on dotted names.
"""


def is_below(module: str, package: str) -> bool:
    """Return True if a module is a package, or in it."""
    return f'{module}.'.startswith(f'{package}.')
