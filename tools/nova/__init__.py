# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Run nova's own notification tests over real sockets; see README.rst.

Rule: nova itself is never edited, and the standard library is enough to start.
"""
