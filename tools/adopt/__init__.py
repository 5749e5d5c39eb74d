# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Run the tests of other projects before and after adoption; see README.rst.

Rule: the change of a project is the one that the documentation shows, and
nothing else of the project is edited.
"""
