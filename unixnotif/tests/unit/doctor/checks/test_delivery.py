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

"""The test notification."""

from unixnotif.doctor import trials
from unixnotif.doctor.checks import delivery
from unixnotif.tests import base
from unixnotif.tests.unit.doctor.checks import cases


class TrialTest(base.TestCase):
    def test_results(self) -> None:
        """A failure is a problem, or a consequence of another one."""
        for trial, name, level in (
            (trials.Trial('refused'), 'cannot-subscribe', 'problem'),
            (trials.Trial('', 'a', 'denied'), 'test-notification', 'problem'),
            (trials.Trial('', 'a', '', True), 'test-notification', 'ok'),
        ):
            [found] = delivery.check(cases.DIRECTORY, trial, False)
            self.assertEqual((name, level), (found.name, found.level))
            [found] = delivery.check(cases.DIRECTORY, trial, True)
            self.assertNotEqual('problem', found.level)

    def test_a_socket(self) -> None:
        """Nothing was sent."""
        self.assertEqual(
            [], delivery.check(cases.SOCKET, trials.Trial(), False)
        )
