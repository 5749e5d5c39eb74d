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


from unixnotif import publisher
from unixnotif.tests import base


class DeliveryTest(base.TestCase):
    def test_fields(self) -> None:
        """A delivery says how many were owed a copy, and what came of it."""
        delivery = publisher.Delivery(3, 1, {'denied': 2})

        self.assertEqual(3, delivery.subscribers)
        self.assertEqual(1, delivery.delivered)
        self.assertEqual({'denied': 2}, delivery.dropped)

    def test_nobody(self) -> None:
        """Nobody was owed anything, and nothing was dropped."""
        self.assertEqual(publisher.Delivery(0, 0, {}), publisher.NOBODY)
