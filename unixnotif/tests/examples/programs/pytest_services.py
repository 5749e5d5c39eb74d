# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Two services in one test."""

from collections.abc import Callable

from oslo_config import cfg

from unixnotif.fixtures import UnixNotifierFixture


def test_two_services(
    unix_notifier_factory: Callable[..., UnixNotifierFixture],
) -> None:
    api, agent = (unix_notifier_factory(cfg.ConfigOpts()) for _ in range(2))

    api.notifier('thing-api:host1').info({}, 'thing.create', {})
    agent.notifier('thing-agent:host2').info({}, 'thing.ready', {})

    api.consumer.wait_for('thing.create')
    api.consumer.assert_none('thing.ready')
    agent.consumer.wait_for('thing.ready')
