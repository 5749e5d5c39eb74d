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

"""A test that fails, to show what it says."""

from typing import Any

from unixnotif.matchers import HasPayload


def test_create(unix_notifier: Any) -> None:
    notifier = unix_notifier.notifier('thing-api:host1')
    notifier.info({}, 'thing.create.end', {'id': 'thing-1', 'size': 3})

    [sent] = unix_notifier.consumer.notifications
    assert HasPayload(id='thing-2').match(sent) is None
