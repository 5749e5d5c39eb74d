# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Tests of the checks and of the role; ``python -m tools.zuul`` runs them."""
