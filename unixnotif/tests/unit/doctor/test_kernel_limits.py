# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Limits of the kernel."""

import fixtures

from unixnotif.doctor import kernel_limits
from unixnotif.tests import base


class LimitsTest(base.TestCase):
    def test_largest_send_buffer(self) -> None:
        """The sysctl, or 0 if it cannot be read."""
        with open('/proc/sys/net/core/wmem_max') as f:
            self.assertEqual(
                int(f.read()), kernel_limits.largest_send_buffer()
            )
        self.useFixture(
            fixtures.MonkeyPatch(
                'unixnotif.doctor.kernel_limits._WMEM_MAX', '/nowhere'
            )
        )
        self.assertEqual(0, kernel_limits.largest_send_buffer())
