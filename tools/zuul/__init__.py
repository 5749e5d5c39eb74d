# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Check the Zuul jobs without a Zuul; see README.rst.

Rule: no module here knows the purpose of the jobs. They read the files as
Zuul and Ansible do, and report the findings.
"""
