# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""One scenario under way, and its exact account.

Rule: a scenario ends when the account is exact. Only a scenario that fails
reaches a deadline.
"""

from collections.abc import Callable
import time

from tools.cloud import accounts
from tools.cloud import captures
from tools.cloud import cloud as clouds
from tools.cloud import processes
from tools.cloud import report
from tools.cloud import waits

_SETTLED = 30.0
_TRAFFIC_TIMEOUT = 600.0
_TRAFFIC = 'traffic'
#: Event types of which each server causes exactly one.
EVENTS = tuple(
    f'instance.{action}.{phase}'
    for action in ('create', 'delete', 'shutdown')
    for phase in ('start', 'end')
)

Source = Callable[[], captures.Capture]


class Scene:
    """One scenario under way.

    :param cloud: that it happens on
    :param capture: returns what the recorder, or another subscriber, has
    :param witness: returns what the witness, or the bus, has

    :ivar facts: sentences about what was shown
    :ivar faults: sentences about what is wrong
    """

    def __init__(
        self,
        cloud: clouds.Cloud,
        capture: Source | None = None,
        witness: Source | None = None,
    ) -> None:
        where = cloud.where
        self.cloud = cloud
        self.facts: list[str] = []
        self.faults: list[str] = []
        self._capture = capture or (
            lambda: captures.read_recording(where.capture)
        )
        self._witness = witness or (
            lambda: captures.read_lines(where.witnessed)
        )
        self._began = time.monotonic()
        self._before = self._capture(), self._witness()

    def captured(self) -> captures.Capture:
        """Return what the capture has received since the start."""
        return self._capture().since(self._before[0])

    def witnessed(self) -> captures.Capture:
        """Return what the witness has received since the start."""
        return self._witness().since(self._before[1])

    def wait_for(self, event_type: str, count: int) -> None:
        """Wait until the witness has received a number of notifications.

        :raises ServiceError: a service has ended, or the time is up
        """

        def fact() -> str:
            received = self.witnessed().received
            found = sum(each.event_type == event_type for each in received)
            return '' if found >= count else f'{found} of {event_type}'

        known = self.cloud.processes
        waits.wait_for(_TRAFFIC, fact, known, known.all(), _TRAFFIC_TIMEOUT)

    def boot_and_delete(
        self, count: int, meanwhile: Callable[[], None] | None = None
    ) -> None:
        """Boot servers at once and delete them.

        :param count: number of servers
        :param meanwhile: called once the cloud is busy with them
        :raises ServiceError: a service has ended, or a server fails
        """
        known = self.cloud.processes
        log = known.log(_TRAFFIC)
        log.unlink(missing_ok=True)
        started = self.cloud.start_python(_TRAFFIC, _TRAFFIC, str(count))
        if meanwhile is not None:
            meanwhile()
        others = [each for each in known.all() if each != started]

        def fact() -> str:
            return 'servers are left' if started.is_alive() else ''

        waits.wait_for(_TRAFFIC, fact, known, others, _TRAFFIC_TIMEOUT)
        known.stop(_TRAFFIC)
        if log.read_text().split()[-1:] != ['done']:
            raise known.failure(_TRAFFIC, 'fails')
        self.expect(count)

    def expect(self, count: int) -> None:
        """Note a fault for each event type with a wrong number in the witness.

        :param count: number of servers
        """
        deadline = time.monotonic() + _SETTLED
        while wrong := accounts.count_events(self.witnessed(), EVENTS, count):
            if time.monotonic() >= deadline:
                self.faults += wrong
                return
            processes.pause(self.cloud.processes.all())
        self.facts.append(
            f'{count} notifications of each of {len(EVENTS)} event types'
        )

    def end(
        self, absences: int = 0, may_lose: bool = False, idle: bool = False
    ) -> report.Outcome:
        """Wait until the account is exact; return the outcome.

        :param absences: see :func:`tools.cloud.accounts.compare`
        :param may_lose: see there
        :param idle: see there
        """
        deadline = time.monotonic() + _SETTLED
        while True:
            account = accounts.compare(
                self.captured(),
                self.witnessed(),
                absences=absences,
                may_lose=may_lose,
                idle=idle,
            )
            if not account.faults or time.monotonic() >= deadline:
                break
            processes.pause(self.cloud.processes.all())
        self.cloud.roster.look(self.cloud.processes)
        try:
            self.cloud.processes.check()
        except processes.ServiceError as error:
            self.faults.append(str(error))
        return report.Outcome(
            account,
            time.monotonic() - self._began,
            tuple(self.facts),
            tuple(self.faults),
        )
