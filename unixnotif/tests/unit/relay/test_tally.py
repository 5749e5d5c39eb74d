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


"""Tests of accounts."""

from unixnotif import relay
from unixnotif.tests import base


class AccountsTest(base.TestCase):
    def test_late_outcomes(self) -> None:
        """After the end, nothing counts any more."""
        accounts = relay.Accounts()
        for _ in range(3):
            accounts.receive()
        accounts.forward()
        accounts.refuse('a', True)
        totals = accounts.close()
        self.assertEqual((3, 1, 1), totals)
        self.assertEqual(1, totals.not_forwarded)
        accounts.forward()
        accounts.refuse('b', True)
        self.assertEqual(totals, accounts.totals())

    def test_many_refusals(self) -> None:
        """Only some refusals are described; the others are counted."""
        accounts = relay.Accounts()
        for n in range(15):
            accounts.receive()
            accounts.refuse(str(n), True)
        accounts.refuse('own', False)
        self.assertEqual(
            (list(map(str, range(10))), 6), accounts.take_refusals()
        )
        self.assertEqual(([], 0), accounts.take_refusals())
        self.assertEqual((15, 0, 15), accounts.totals())
