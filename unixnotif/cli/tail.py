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

"""``unixnotif tail``: print notifications as they come.

Rule: the output is notifications and nothing else; what was lost, and that
it waits, is said on stderr.
"""

import argparse
import sys
from typing import ClassVar

from unixnotif import clock
from unixnotif import consumer
from unixnotif import errors
from unixnotif.cli import app
from unixnotif.cli import following
from unixnotif.cli import rendering


class Tail(following.FollowingCommand):
    """Print notifications as they come.

    Pretty and coloured on a terminal; in a pipe one JSON document per line,
    as it was on the wire. What was lost is said on stderr.
    """

    examples: ClassVar[str] = """\
  unixnotif tail unix+dir:///run/nova/notifications
  unixnotif tail URI --event-type 'instance.*' --priority error
  unixnotif tail URI --topic versioned_notifications --json | jq .payload
  unixnotif tail URI --event-type service.update --count 1 --timeout 30

exit code: 0 also when it is stopped by Ctrl-C, SIGTERM or a closed pipe;
1 when --timeout is over before --count is reached, or the address cannot be
used; 2 when the command line is wrong"""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """See the base class."""
        super().add_arguments(parser)
        parser.add_argument(
            '--json',
            action='store_true',
            help='JSON lines, also on a terminal',
        )

    def take_action(self, parsed_args: argparse.Namespace) -> int:
        """See the base class."""
        deadline = clock.deadline(parsed_args.timeout)
        source = following.new_consumer(parsed_args)
        if sys.stdout is None:
            raise errors.UnixNotifError('standard output is closed')
        show = rendering.renderer(sys.stdout, as_json=parsed_args.json)
        try:
            if following.subscribe(source, deadline):
                app.say('subscribed')
            printed = _print(source, show, parsed_args.count, deadline)
        finally:
            source.close()
        return following.exit_code(parsed_args, printed)


def _print(
    source: consumer.Consumer,
    show: rendering.Show,
    count: float,
    deadline: float,
) -> int:
    printed = 0
    losses = following.Losses(source)
    failures = following.Failures('cannot print')
    try:
        while printed < count:
            remaining = deadline - clock.monotonic()
            # In between it looks what was lost: perhaps nothing follows.
            received = source.receive(min(remaining, consumer.CHECK_INTERVAL))
            losses.tell()
            if received is not None:
                try:
                    show(received)
                except MemoryError:
                    failures.add('out of memory')
                else:
                    printed += 1
            elif remaining <= 0:
                break
    finally:
        losses.finish()
        failures.finish()
    return printed
