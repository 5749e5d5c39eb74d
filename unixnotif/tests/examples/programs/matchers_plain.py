# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""A test with plain assertions."""

from oslotest import base
import servers

from unixnotif.fixtures import UnixNotifierFixture
from unixnotif.matchers import HasPayload


class PlainTest(base.BaseTestCase):
    def test_plain(self) -> None:
        fixture = self.useFixture(UnixNotifierFixture())
        notifier = fixture.notifier('nova-compute:host1')
        notifier.info({}, 'instance.create.end', servers.payload())

        [sent] = fixture.consumer.notifications
        assert HasPayload(uuid=servers.UUID).match(sent) is None

        assert sent.versioned is not None
        assert sent.versioned.version == (2, 1)
        assert sent.versioned['flavor.vcpus'] == 2
        assert sent.versioned['flavor'].name == 'FlavorPayload'
