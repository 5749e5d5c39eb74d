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

"""Workers of multiprocessing, which do not end as other processes do."""

import multiprocessing

from unixnotif.tests import base
from unixnotif.tests.functional.programs import flooding

COUNT = 300


class TestWorkers(base.TestCase):
    def test_losses_are_told_at_the_end(self) -> None:
        """However it was started, a worker tells what it could not deliver."""
        methods = (
            ('fork', multiprocessing.get_context('fork').Process),
            ('spawn', multiprocessing.get_context('spawn').Process),
        )
        for method, process in methods:
            where = self.new_directory()
            receiver = self.new_consumer(where)
            worker = process(
                target=flooding.flood,
                args=(str(where), base.document('x' * 1500), COUNT),
            )
            worker.start()
            worker.join()
            self.assertEqual(0, worker.exitcode)

            received = base.payloads(receiver)

            self.assertGreater(receiver.lost, 0)
            self.assertEqual(COUNT, len(received) + receiver.lost, method)
