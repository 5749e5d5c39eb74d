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
import math
import time

from unixnotif import consumer
from unixnotif import errors
from unixnotif.cli import app


class FollowingCommand(app.AddressCommand):
    """Base of the subcommands that receive until they have enough."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add the filters and the limits."""
        super().add_arguments(parser)
        parser.add_argument(
            '--event-type',
            metavar='GLOB',
            action='append',
            help='only these, for example "instance.create.*"; may be '
            'repeated',
        )
        parser.add_argument(
            '--priority', metavar='P', help='only this one, for example error'
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
        remaining = deadline - time.monotonic()
        try:
            source.subscribe(min(remaining, consumer.CHECK_INTERVAL))
            break
        except errors.MissingError:
            if remaining <= consumer.CHECK_INTERVAL:
                raise
    return True


class Losses:
    """Says what was lost, as soon as that is known."""

    def __init__(self, source: consumer.Consumer) -> None:
        self._source = source
        self._told: collections.Counter[str] = collections.Counter()

    def tell(self) -> collections.Counter[str]:
        """Say on stderr what was lost since the last time; by reason."""
        missed = self._source.lost_reasons - self._told
        if missed:
            self._told += missed
            reasons = ', '.join(f'{why}: {n}' for why, n in missed.items())
            app.say(f'lost {missed.total()} here ({reasons})')
        return missed
