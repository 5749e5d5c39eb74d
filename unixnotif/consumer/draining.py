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

"""What comes in until a consumer has left.

Rule: what was sent before the end is read, to the last; nobody can make it
last longer.
"""

from collections.abc import Iterator
import time

from unixnotif import polling
from unixnotif.consumer import intakes


def rest(
    intake: intakes.Intake, deadline: float
) -> Iterator[list[intakes.Item]]:
    """What still comes in after leaving.

    It is cut off at the deadline, or when all have noticed.
    """
    while not intake.ended:
        remaining = deadline - time.monotonic()
        if not (
            intake.connections
            and remaining > 0
            and polling.wait_readable(intake.fd, remaining)
        ):
            intake.stop()
        batch: list[intakes.Item] = []
        intake.pump(batch)
        yield batch
