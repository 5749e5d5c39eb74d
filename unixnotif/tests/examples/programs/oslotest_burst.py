# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""A test that emits more than the socket buffer holds."""

from oslotest import base

from unixnotif.fixtures import UnixNotifierFixture


class BurstTest(base.BaseTestCase):
    def test_burst(self) -> None:
        fixture = self.useFixture(UnixNotifierFixture())
        notifier = fixture.notifier('thing-api:host1')

        for number in range(10_000):
            notifier.info({}, 'thing.update', {'n': number, 'x': 'x' * 1000})

        self.assertEqual(
            list(range(10_000)),
            [each.payload['n'] for each in fixture.consumer],
        )
