# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Limits of the kernel."""

from unixnotif.doctor.checks import limits
from unixnotif.tests import base
from unixnotif.tests.unit.doctor.checks import cases


class LimitsTest(base.TestCase):
    def test_send_buffer(self) -> None:
        """A limit below the option is a note."""
        for largest, expected in ((0, []), (1000, []), (999, ['send-buffer'])):
            found = limits.check(largest, 1000, True)
            self.assertEqual(expected, cases.names(found, 'note'))
