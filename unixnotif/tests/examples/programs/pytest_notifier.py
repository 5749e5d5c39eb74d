# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Tests with the fixtures of the pytest plugin."""

from oslo_config import cfg
import pytest
import thing

from unixnotif.fixtures import UnixNotifierFixture
from unixnotif.matchers import HasPayload


def test_create_emits(unix_notifier: UnixNotifierFixture) -> None:
    thing.init(cfg.CONF)

    thing.create('thing-1')

    [sent] = unix_notifier.consumer.wait_for(
        'thing.create.end', topic='notifications'
    )
    assert sent.payload == {'id': 'thing-1'}
    assert HasPayload(id='thing-1').match(sent) is None


@pytest.mark.parametrize('name', ['thing-1', 'thing-2'])
def test_order(unix_notifier: UnixNotifierFixture, name: str) -> None:
    thing.init(cfg.CONF)

    thing.create(name)

    assert [each.event_type for each in unix_notifier.consumer] == [
        'thing.create.start',
        'thing.create.end',
        'thing.create.end',
    ]
