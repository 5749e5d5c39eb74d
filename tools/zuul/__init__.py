# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Check the Zuul jobs without a Zuul; see README.rst.

Rule: nothing here knows what the jobs are for; it reads files, and says what
Zuul, Ansible and the role make of them.
"""
