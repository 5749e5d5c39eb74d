# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The manual page, written from the parsers of the commands.

Usage: ``python -m tools.manual`` writes ``doc/man/unixnotif.1``; with
``--check`` it compares, and exits with 1 if the page is out of date.
"""
