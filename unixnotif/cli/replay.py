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

"""``unixnotif replay``: publish what a recording holds.

Rule: the documents are as they were on the wire, in their order; only the
process that sends them, and the time, are others.
"""

import argparse
import collections
from collections.abc import Iterable
import datetime
import math
import sys
from typing import ClassVar

from rich import console
from rich import progress

from unixnotif import clock
from unixnotif import notification
from unixnotif import publisher
from unixnotif import recording
from unixnotif.cli import app
from unixnotif.cli import send


class Replay(app.AddressCommand):
    """Publish the notifications of a recording.

    They keep the pace at which they were received, or go faster, or at once.
    FILE is what "unixnotif record" writes, or a test run with the variable
    UNIXNOTIF_RECORD.
    """

    examples: ClassVar[str] = """\
  unixnotif replay recording.jsonl unix+dir:///run/nova/notifications
  unixnotif replay recording.jsonl URI --speed 10 --wait 30
  unixnotif replay recording.jsonl URI --at-once

exit code: 0 when every subscriber has got all; 1 when nobody was subscribed,
or something was dropped, or the file or the address cannot be used, or it
was stopped before; 2 when the command line is wrong"""

    stopped: ClassVar[int] = app.FAILED

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """See the base class."""
        parser.add_argument('file', metavar='FILE', type=app.file_argument)
        super().add_arguments(parser)
        pace = parser.add_mutually_exclusive_group()
        pace.add_argument(
            '--speed',
            metavar='X',
            type=_factor,
            default=1.0,
            help='so many times as fast as it was recorded',
        )
        pace.add_argument(
            '--at-once',
            dest='speed',
            action='store_const',
            const=math.inf,
            help='as fast as it goes; a slow subscriber may lose some',
        )
        send.add_wait(parser)

    def take_action(self, parsed_args: argparse.Namespace) -> int:
        """See the base class."""
        # All of it first: a broken line is told before anything is sent.
        recorded = list(recording.read(parsed_args.file))
        missed = sum(
            each.count
            for each in recorded
            if isinstance(each, notification.Lost)
        )
        if missed:
            app.say(f'{missed} notifications are missing in the recording')
        these = [
            each for each in recorded if isinstance(each, recording.Recorded)
        ]
        send.check_directory(parsed_args.uri)
        with publisher.Publisher(parsed_args.uri) as out:
            send.wait_for_subscribers(out, parsed_args.wait)
            results = _replay(these, out, parsed_args.speed)
        return _judge(results, len(these), str(parsed_args.uri))


def _replay(
    these: list[recording.Recorded], out: publisher.Publisher, speed: float
) -> collections.Counter[str]:
    """Publish them; how many came to what end."""
    results: collections.Counter[str] = collections.Counter()
    begun = clock.monotonic()
    for each in _with_progress(these):
        elapsed = each.received - these[0].received
        due = begun + elapsed / datetime.timedelta(seconds=1) / speed
        clock.sleep(max(0.0, due - clock.monotonic()))
        # One that exceeds a limit counts as a drop, unserializable.
        found = each.notification
        delivery = out.publish(found.encode, (found.topics, found.priority))
        if not delivery.subscribers:
            results['nobody'] += 1
        results.update(delivery.dropped)
    return results


def _with_progress(
    these: list[recording.Recorded],
) -> Iterable[recording.Recorded]:
    return progress.track(
        these,
        description='replaying',
        console=console.Console(stderr=True),
        disable=not sys.stderr.isatty(),
        transient=True,
    )


def _judge(results: collections.Counter[str], count: int, where: str) -> int:
    nobody = results.pop('nobody', 0)
    if nobody:
        app.say(f'nobody was subscribed at {where} for {nobody} of {count}')
    if results:
        reasons = ', '.join(f'{why}: {n}' for why, n in results.items())
        app.say(f'dropped for some subscriber: {reasons}')
    return app.FAILED if nobody or results else 0


def _factor(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(
            f'{text!r} is not a number above 0, for example 10'
        )
    return value
