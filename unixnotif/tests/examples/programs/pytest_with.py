# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The fixture as a context manager."""

from oslo_config import cfg
import thing

from unixnotif.fixtures import UnixNotifierFixture


def test_create_emits() -> None:
    with UnixNotifierFixture() as fixture:
        thing.init(cfg.CONF)
        thing.create('thing-1')
        [sent] = fixture.consumer.wait_for(
            'thing.create.end', topic='notifications'
        )
    assert sent.payload == {'id': 'thing-1'}
