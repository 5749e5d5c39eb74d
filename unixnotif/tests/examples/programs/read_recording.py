#    Licensed under the Apache License, Version 2.0 (the "License"); you may
#    not use this file except in compliance with the License. You may obtain
#    a copy of the License at
#
#         http://www.apache.org/licenses/LICENSE-2.0
#
#    Unless required by applicable law or agreed to in writing, software
#    distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
#    WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
#    License for the specific language governing permissions and limitations
#    under the License.

# ruff: noqa: T201
"""Print which test captured what."""

import pathlib
import sys

from unixnotif import recording

for path in sorted(pathlib.Path(sys.argv[1]).glob('*.jsonl')):
    for each in recording.read(str(path)):
        if isinstance(each, recording.Recorded):
            print(each.test_id, each.notification.event_type)
        else:
            print(f'{path.name}: {each.count} lost, {each.reasons}')
