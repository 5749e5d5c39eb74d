# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Real agents of OpenStack that read the sockets; see README.rst.

Rule: the agents are the programs of the released packages, unchanged; only
their configuration files are written here.
"""
