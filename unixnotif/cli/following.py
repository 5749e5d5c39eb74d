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

"""What the subcommands that follow an address have in common.

Rule: what was lost, and that it waits, is said on stderr, once.
"""

import argparse
import collections
from collections.abc import Callable
from collections.abc import Mapping
import math
from typing import Final

from unixnotif import clock
from unixnotif import consumer
from unixnotif import errors
from unixnotif.cli import app


class FollowingCommand(app.AddressCommand):
    """Base of the subcommands that receive until they have enough."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add the filters and the limits."""
        super().add_arguments(parser)
        add_filters(parser)
        parser.add_argument(
            '--count',
            metavar='N',
            type=app.positive,
            default=math.inf,
            help='stop after so many',
        )
        parser.add_argument(
            '--timeout',
            metavar='S',
            type=app.seconds,
            default=math.inf,
            help='stop after so many seconds',
        )


def add_filters(parser: argparse.ArgumentParser) -> None:
    """Add the options that :func:`new_consumer` needs."""
    parser.add_argument(
        '--event-type',
        metavar='GLOB',
        action='append',
        help='only these, for example "instance.create.*"; may be repeated',
    )
    parser.add_argument(
        '--priority',
        metavar='P',
        help='only this one, for example error; warning and warn are the same',
    )
    parser.add_argument(
        '--topic',
        metavar='T',
        help='only this one, for example versioned_notifications',
    )
    parser.add_argument(
        '--group',
        metavar='NAME',
        help='share one copy of each with the other consumers of the '
        'group (rendezvous directory only)',
    )


def new_consumer(parsed_args: argparse.Namespace) -> consumer.Consumer:
    """What the arguments ask for, not yet subscribed.

    :raises AddressError: a group at a socket
    """
    return consumer.Consumer(
        parsed_args.uri,
        parsed_args.group,
        event_type=parsed_args.event_type,
        priority=parsed_args.priority,
        topic=parsed_args.topic,
    )


def exit_code(parsed_args: argparse.Namespace, received: int) -> int:
    """Whether what was asked for has come.

    Without a count, running to the end of the time is what was asked.
    """
    if parsed_args.count == math.inf or received >= parsed_args.count:
        return 0
    return app.FAILED


def subscribe(
    source: consumer.Consumer,
    deadline: float,
    stopping: Callable[[], bool] = lambda: False,
) -> bool:
    """Subscribe, and wait for the address when it is not there.

    :param stopping: asked now and then whether to give up
    :returns: whether it had to wait
    :raises MissingError: the time is over
    :raises UnavailableError: the address refuses
    """
    try:
        source.subscribe()
        return False
    except errors.MissingError as e:
        app.say(f'waiting: {e}')
    while not stopping():
        remaining = deadline - clock.monotonic()
        try:
            source.subscribe(min(remaining, consumer.CHECK_INTERVAL))
            break
        except errors.MissingError:
            if remaining <= consumer.CHECK_INTERVAL:
                raise
    return True


# Seconds between two lines about lost notifications.
_INTERVAL: Final = 1.0


class Losses:
    """Reports lost notifications on stderr.

    Peers decide how many lost records they send. So there is at most one line
    in a second, and :meth:`finish` reports the rest.

    :param say: prints the line, from counts by reason
    """

    def __init__(
        self,
        source: consumer.Consumer,
        say: Callable[[collections.Counter[str]], None] | None = None,
    ) -> None:
        self._source = source
        self._say = say or _say_lost
        self._told: collections.Counter[str] = collections.Counter()
        # Known, and not reported yet.
        self._waiting: collections.Counter[str] = collections.Counter()
        self._limiter = clock.RateLimiter(_INTERVAL)

    def tell(self) -> collections.Counter[str]:
        """Return the notifications lost since the last call, by reason."""
        missed = self._source.lost_reasons - self._told
        if missed:
            self._told += missed
            self._waiting += missed
        if self._waiting and self._limiter.allows('lost'):
            self._report()
        return missed

    def finish(self) -> None:
        """Report all that is not reported yet."""
        self.tell()
        if self._waiting:
            self._report()

    def _report(self) -> None:
        self._say(self._waiting)
        self._waiting.clear()


def _say_lost(lost: collections.Counter[str]) -> None:
    app.say(f'lost {lost.total()} here ({counts(lost)})')


def counts(numbers: Mapping[str, int]) -> str:
    """Return numbers by name as one text."""
    return ', '.join(f'{name}: {n}' for name, n in numbers.items())


class Failures:
    """Reports on stderr notifications that the command failed to handle.

    :param action: for example ``cannot print``

    :ivar total: number of failures
    """

    def __init__(self, action: str) -> None:
        self.total = 0
        self._action = action
        # Not reported yet.
        self._waiting = 0
        self._limiter = clock.RateLimiter(_INTERVAL)

    def add(self, reason: str) -> None:
        """Count a failure, and report it unless another one just was."""
        self.total += 1
        if self._limiter.allows(''):
            app.say(f'{self._action} a notification: {reason}')
        else:
            self._waiting += 1

    def finish(self) -> None:
        """Report how many failures were not reported."""
        if self._waiting:
            noun = 'notification' if self._waiting == 1 else 'notifications'
            app.say(f'{self._action} {self._waiting} more {noun}')
            self._waiting = 0
