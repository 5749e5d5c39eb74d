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

"""The comparison of emitted and received notifications."""

from oslotest import base

from tools.listeners import accounts


class CompareTest(base.BaseTestCase):
    def test_equal(self) -> None:
        """The order does not matter."""
        self.assertEqual('', accounts.compare(['a', 'b'], ['b', 'a']))

    def test_differences(self) -> None:
        """Each difference is counted, with examples."""
        for received, expected in (
            (['a'], '1 lost, for example b'),
            ([], '2 lost, for example a, b'),
            (['a', 'b', 'a'], '1 received twice, for example a'),
            (['a', 'b', 'c'], '1 never emitted, for example c'),
            (['a', 'a'], '1 lost, for example b; '
             '1 received twice, for example a'),
        ):  # fmt: skip
            self.assertEqual(expected, accounts.compare(['a', 'b'], received))
