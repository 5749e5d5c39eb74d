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
