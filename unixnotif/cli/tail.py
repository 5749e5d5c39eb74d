# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""``unixnotif tail``: print notifications as they arrive.

Rule: the output is notifications and nothing else; losses and the state of
the subscription are reported on stderr.
"""

import argparse
from typing import ClassVar

from unixnotif import clock
from unixnotif import consumer
from unixnotif.cli import output
from unixnotif.cli import standard_output
from unixnotif.cli import subscriber
from unixnotif.cli import views


class Tail(subscriber.SubscriberCommand):
    """Print notifications as they arrive.

    A terminal shows one line for each notification, in local time; a pipe
    gets one JSON document per line. On stderr the command prints
    "subscribed", "waiting" while the address does not exist, and the number
    of lost notifications.
    """

    examples: ClassVar[str] = """\
  unixnotif tail unix+dir:///run/nova/notifications
  unixnotif tail --config-file /etc/nova/nova.conf --long
  unixnotif tail URI --event-type 'instance.*' --exclude '*.start'
  unixnotif tail URI --payload 'InstancePayload>=1.8' --where 'host=compute-*'
  unixnotif tail URI --format '{time} {event_type} {payload.uuid}'
  unixnotif tail URI --json | jq .payload
  unixnotif tail URI --event-type service.update --count 1 --timeout 30

exit code: 0, also if Ctrl-C, SIGTERM or a closed pipe stops the command; 1 if
--timeout expires before --count is reached, or the address cannot be used; 2
if the command line is wrong"""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """See the base class."""
        super().add_arguments(parser)
        views.add_options(parser)

    def take_action(self, parsed_args: argparse.Namespace) -> int:
        """See the base class."""
        deadline = clock.deadline(parsed_args.timeout)
        source = subscriber.new_consumer(parsed_args)
        view = views.new_view(parsed_args, standard_output.require())
        try:
            subscriber.subscribe(source, deadline)
            printed = _print(source, view, parsed_args.count, deadline)
        finally:
            source.close()
        return subscriber.exit_code(parsed_args, printed)


def _print(
    source: consumer.Consumer,
    view: output.View,
    count: float,
    deadline: float,
) -> int:
    printed = 0
    status = subscriber.Status(source)
    losses = subscriber.Losses(source)
    failures = subscriber.Failures('cannot print')
    reader = subscriber.Reader(standard_output.require())
    status.look()
    try:
        while printed < count:
            remaining = deadline - clock.monotonic()
            # With a timeout, to report changes and losses between two
            # notifications.
            received = source.receive(min(remaining, consumer.CHECK_INTERVAL))
            losses.report()
            status.look()
            if received is not None:
                try:
                    view.show(received, clock.now())
                except MemoryError:
                    failures.add('out of memory')
                else:
                    printed += 1
            elif remaining <= 0:
                break
            else:
                reader.check()
    finally:
        losses.finish()
        failures.finish()
    return printed
