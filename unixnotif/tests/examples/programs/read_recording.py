# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Print each test with the event types that it captured."""

import pathlib
import sys

from unixnotif import recording

for path in sorted(pathlib.Path(sys.argv[1]).glob('*.jsonl')):
    for each in recording.read(str(path)):
        if isinstance(each, recording.Recorded):
            print(each.test_id, each.notification.event_type)
        else:
            print(f'{path.name}: {each.count} lost, {each.reasons}')
