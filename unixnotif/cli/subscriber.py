# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Base of the subcommands that follow an address.

Rule: each command reports on stderr that it waits, that it is subscribed, and
the number of lost notifications.
"""

import argparse
import collections
from collections.abc import Callable
import math
from typing import Final
from typing import IO

from unixnotif import clock
from unixnotif import consumer
from unixnotif import errors
from unixnotif import grammar
from unixnotif import polling
from unixnotif.cli import advice
from unixnotif.cli import app
from unixnotif.cli import criteria


class SubscriberCommand(app.AddressCommand):
    """Base of the subcommands that receive until a limit is reached."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add the filters and the limits."""
        super().add_arguments(parser)
        add_group(parser)
        app.add_count(parser)
        parser.add_argument(
            '--timeout',
            metavar='S',
            type=app.seconds,
            default=math.inf,
            help='stop after S seconds',
        )
        criteria.add(parser)


def add_group(parser: argparse.ArgumentParser) -> None:
    """Add the group, which :func:`new_consumer` needs besides the filters."""
    parser.add_argument(
        '--group',
        metavar='NAME',
        help='join a group: only one consumer of the group receives each '
        'notification (only in a rendezvous directory)',
    )


def new_consumer(parsed_args: argparse.Namespace) -> consumer.Consumer:
    """Return the consumer that a command line asks for, not subscribed.

    :raises AddressError: the name of the group is not valid, or the address
        is a socket, which has no groups
    """
    wanted = criteria.parse(parsed_args)
    return consumer.Consumer(
        parsed_args.uri, parsed_args.group, **wanted.criteria
    )


def exit_code(parsed_args: argparse.Namespace, received: int) -> int:
    """Return the exit code after a number of notifications.

    Without --count, running until the timeout is a success.
    """
    if parsed_args.count == math.inf or received >= parsed_args.count:
        return 0
    return app.FAILED


def subscribe(
    source: consumer.Consumer,
    deadline: float,
    stopping: Callable[[], bool] = lambda: False,
) -> None:
    """Subscribe, and wait for the address when it is not there.

    :param stopping: called regularly; if it returns True, give up
    :raises MissingError: the timeout has expired
    :raises UnavailableError: the address refuses
    """
    try:
        source.subscribe()
        return
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


class Status:
    """Reports on stderr when a consumer is subscribed, and when it is not."""

    def __init__(self, source: consumer.Consumer) -> None:
        self._source = source
        self._subscribed = False

    def look(self) -> None:
        """Report a change."""
        if self._source.subscribed != self._subscribed:
            self._subscribed = self._source.subscribed
            app.say(
                'subscribed'
                if self._subscribed
                else f'waiting: {self._source.address} is gone'
            )


class Reader:
    """The process that reads what the command writes into a pipe."""

    def __init__(self, stream: IO[str]) -> None:
        try:
            self._fd = stream.fileno()
        except OSError:
            # The stream is in memory.
            self._fd = -1

    def check(self) -> None:
        """Check that there is still a reader.

        :raises BrokenPipeError: the reader has closed the pipe
        """
        if self._fd >= 0 and polling.is_hung_up(self._fd):
            raise BrokenPipeError


# Seconds between two lines about lost notifications.
_INTERVAL: Final = 1.0


class Losses:
    """Reports lost notifications on stderr.

    Peers decide how many lost records they send. So there is at most one line
    in a second, and :meth:`finish` reports the rest.

    :param say: prints the line, from counts by reason; with this function,
        no advice is printed
    """

    def __init__(
        self,
        source: consumer.Consumer,
        say: Callable[[collections.Counter[str]], None] | None = None,
    ) -> None:
        self._source = source
        self._say = say or _report_lost
        self._advises = say is None
        self._reported: collections.Counter[str] = collections.Counter()
        # Known, and not reported yet.
        self._waiting: collections.Counter[str] = collections.Counter()
        self._limiter = clock.RateLimiter(_INTERVAL)

    def report(self) -> collections.Counter[str]:
        """Return the notifications lost since the last call, by reason."""
        missed = self._source.lost_reasons - self._reported
        if missed:
            self._reported += missed
            self._waiting += missed
        if self._waiting and self._limiter.allows('lost'):
            self._report()
        return missed

    def finish(self) -> None:
        """Report all that is not reported yet, and advice."""
        self.report()
        if self._waiting:
            self._report()
        if self._advises:
            self._advises = False
            for line in advice.of_losses(self._reported):
                app.say(line)

    def _report(self) -> None:
        self._say(self._waiting)
        self._waiting.clear()


def _report_lost(lost: collections.Counter[str]) -> None:
    total = grammar.quantity(lost.total(), 'notification')
    app.say(f'this subscriber lost {total} ({grammar.counts(lost)})')


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
        """Count a failure; report at most one failure in an interval."""
        self.total += 1
        if self._limiter.allows(''):
            app.say(f'{self._action} a notification: {reason}')
        else:
            self._waiting += 1

    def finish(self) -> None:
        """Report how many failures were not reported."""
        if self._waiting:
            others = grammar.quantity(self._waiting, 'more notification')
            app.say(f'{self._action} {others}')
            self._waiting = 0
