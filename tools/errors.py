# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Errors that keep a tool from its work; each is shown as one message."""


class ToolError(Exception):
    """The tool cannot start or go on: wrong usage, or a failed install."""
