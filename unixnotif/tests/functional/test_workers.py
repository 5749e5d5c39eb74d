# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Workers of multiprocessing, which do not end as other processes do."""

import multiprocessing

from unixnotif.tests import base
from unixnotif.tests.functional.programs import flooding

COUNT = 300


class TestWorkers(base.TestCase):
    def test_losses_are_reported_at_the_end(self) -> None:
        """A worker reports its drops at its end, however it was started."""
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
