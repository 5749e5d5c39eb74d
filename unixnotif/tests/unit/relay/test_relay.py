# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0


"""Tests of the thread that reads: how it stops."""

from typing import Any

from unixnotif import notification
from unixnotif import relay
from unixnotif.tests import base


class StopTest(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.where = self.new_directory()
        self.clock = self.new_clock()
        self.accounts = relay.Accounts()
        self.looks = self.decoded = 0

    def look(self) -> None:
        self.looks += 1

    def stop(self, **criteria: Any) -> None:
        """Stop a relay after 5 notifications; decoding takes a second."""
        source = self.new_consumer(self.where, **criteria)
        out = self.new_publisher(self.where)
        for n in range(5):
            out.publish(base.document(n))
        decode = notification.decode

        def slow(*args: Any) -> Any:
            self.clock.advance(1.0)
            self.decoded += 1
            return decode(*args)

        self.patch(notification, 'decode', slow)
        lanes = relay.Lanes(
            1, lambda *args: None, self.accounts, relay.Health()
        )
        ended = relay.Relay(
            source,
            lanes,
            self.accounts,
            stopping=lambda: True,
            look=self.look,
            stop_timeout=2.5,
        )
        ended.run()
        lanes.end()
        self.assertTrue(lanes.wait(60))
        self.assertFalse(source.subscribed)

    def test_timeout(self) -> None:
        """After the timeout nothing is decoded, and everything is counted."""
        self.stop()
        self.assertEqual(3, self.decoded)
        totals = self.accounts.close()
        self.assertEqual((5, 3), (totals.received, totals.not_forwarded))

    def test_unwanted(self) -> None:
        """Documents that the filters exclude do not prolong the stop."""
        self.stop(event_type='other')
        self.assertEqual(2, self.accounts.totals().not_forwarded)

    def test_look(self) -> None:
        """The relay looks at everything else after each document."""
        self.stop()
        # The first look is before the first document.
        self.assertEqual(4, self.looks)
