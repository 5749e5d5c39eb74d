# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

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
