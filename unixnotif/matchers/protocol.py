# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The base class of matchers, for testtools and for type checkers."""

from typing import Any
from typing import TYPE_CHECKING

from testtools import matchers

if TYPE_CHECKING:
    # Generic in newer releases of testtools, which are those with types.
    Matcher = matchers.Matcher[Any]
else:
    Matcher = matchers.Matcher
