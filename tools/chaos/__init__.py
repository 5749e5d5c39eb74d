# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Chaos campaign with exact accounting; see README.rst.

Rule: the campaign uses only the public names of unixnotif.
"""
