# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""A test that fails."""

from unixnotif.fixtures import UnixNotifierFixture
from unixnotif.matchers import HasPayload


def test_create(unix_notifier: UnixNotifierFixture) -> None:
    notifier = unix_notifier.notifier('thing-api:host1')
    notifier.info({}, 'thing.create.end', {'id': 'thing-1', 'size': 3})

    [sent] = unix_notifier.consumer.notifications
    assert HasPayload(id='thing-2').match(sent) is None
