# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The listening socket of a ``unix://`` address: its owner, its readers."""

from unixnotif.listening.listener import ListeningSocket
from unixnotif.listening.reader import connect

__all__ = ['ListeningSocket', 'connect']
