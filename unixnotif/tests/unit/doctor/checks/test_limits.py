# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Limits of the kernel."""

from unixnotif.doctor import processes
from unixnotif.doctor.checks import limits
from unixnotif.tests import base
from unixnotif.tests.unit.doctor.checks import cases


class LimitsTest(base.TestCase):
    def test_send_buffer(self) -> None:
        """A limit below the option is a note."""
        for largest, expected in ((0, []), (1000, []), (999, ['send-buffer'])):
            found = limits.check(largest, 1000, True)
            self.assertEqual(expected, cases.names(found, 'note'))

    def test_descriptors(self) -> None:
        """Nine tenths of the descriptors are a problem."""
        for number, most, expected in (
            (100, 200, []),
            (179, 200, []),
            (100, 201, ['note descriptor-limit']),
            (180, 200, ['problem few-descriptors']),
            (200, 1024, ['problem few-descriptors']),
        ):
            found = limits.check_descriptors(
                'process 7', processes.Descriptors(number, 200), most
            )
            self.assertEqual(
                expected, [f'{each.level} {each.name}' for each in found]
            )
            for each in found:
                self.assertIn('Process 7 ', each.what)
                self.assertIn('LimitNOFILE=', each.fix)
