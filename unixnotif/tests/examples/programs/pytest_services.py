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

"""Two services in one test."""

from collections.abc import Callable
from typing import Any

from oslo_config import cfg


def test_two_services(unix_notifier_factory: Callable[..., Any]) -> None:
    api, agent = (unix_notifier_factory(cfg.ConfigOpts()) for _ in range(2))

    api.notifier('thing-api:host1').info({}, 'thing.create', {})
    agent.notifier('thing-agent:host2').info({}, 'thing.ready', {})

    api.consumer.wait_for('thing.create')
    api.consumer.assert_none('thing.ready')
    agent.consumer.wait_for('thing.ready')
