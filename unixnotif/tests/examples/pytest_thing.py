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

"""The fixture in a function, as pytest likes tests."""

from oslo_config import cfg

from unixnotif.fixtures import UnixNotifierFixture
from unixnotif.tests.examples import thing


def test_create_emits() -> None:
    with UnixNotifierFixture() as fixture:
        thing.init(cfg.CONF)
        thing.create('thing-1')
        [sent] = fixture.consumer.wait_for(
            'thing.create.end', topic='notifications'
        )
    assert sent.payload == {'id': 'thing-1'}
