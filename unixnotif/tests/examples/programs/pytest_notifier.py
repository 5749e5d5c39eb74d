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

"""Tests with the fixtures of the pytest plugin."""

from typing import Any

from oslo_config import cfg
import pytest

from unixnotif.matchers import HasPayload
from unixnotif.tests.examples import thing


def test_create_emits(unix_notifier: Any) -> None:
    thing.init(cfg.CONF)

    thing.create('thing-1')

    [sent] = unix_notifier.consumer.wait_for(
        'thing.create.end', topic='notifications'
    )
    assert sent.payload == {'id': 'thing-1'}
    assert HasPayload(id='thing-1').match(sent) is None


@pytest.mark.parametrize('name', ['thing-1', 'thing-2'])
def test_order(unix_notifier: Any, name: str) -> None:
    thing.init(cfg.CONF)

    thing.create(name)

    assert [each.event_type for each in unix_notifier.consumer] == [
        'thing.create.start',
        'thing.create.end',
        'thing.create.end',
    ]
