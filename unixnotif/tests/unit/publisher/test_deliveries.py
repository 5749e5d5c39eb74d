# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0


from unixnotif import publisher
from unixnotif.tests import base


class DeliveryTest(base.TestCase):
    def test_fields(self) -> None:
        """A delivery counts subscribers, delivered copies and drops."""
        delivery = publisher.Delivery(3, 1, {'denied': 2})

        self.assertEqual(3, delivery.subscribers)
        self.assertEqual(1, delivery.delivered)
        self.assertEqual({'denied': 2}, delivery.dropped)

    def test_nobody(self) -> None:
        """Nobody was owed anything, and nothing was dropped."""
        self.assertEqual(publisher.Delivery(0, 0, {}), publisher.NOBODY)
