# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Recordings: captured notifications in a file, for other tools to read.

The format is described in ``doc/source/reference/recording.rst``.
"""

from unixnotif.recording.follower import Follower
from unixnotif.recording.follower import is_followable
from unixnotif.recording.lines import FORMAT
from unixnotif.recording.lines import Line
from unixnotif.recording.lines import Recorded
from unixnotif.recording.lines import RecordedLost
from unixnotif.recording.reader import files
from unixnotif.recording.reader import read
from unixnotif.recording.rotation import RotatingWriter
from unixnotif.recording.writer import Writer

__all__ = [
    'FORMAT',
    'Follower',
    'Line',
    'Recorded',
    'RecordedLost',
    'RotatingWriter',
    'Writer',
    'files',
    'is_followable',
    'read',
]
