# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""``unixnotif replay``: publish the notifications of a recording.

Rule: the command publishes the documents of the recording, in their order.
Only the sending process and the time of sending differ.
"""

import argparse
import collections
from collections.abc import Callable
import datetime
import math
from typing import ClassVar

from unixnotif import clock
from unixnotif import grammar
from unixnotif import notification
from unixnotif import publisher
from unixnotif import recording
from unixnotif.cli import advice
from unixnotif.cli import app
from unixnotif.cli import criteria
from unixnotif.cli import progress
from unixnotif.cli import recordings
from unixnotif.cli import send


class Replay(app.AddressCommand):
    """Publish the notifications of a recording.

    The command keeps the pace of the recording, unless --speed or --at-once
    is given. "unixnotif record", or a test run with the variable
    UNIXNOTIF_RECORD, writes FILE. The command also reads rotated files
    (FILE.1, FILE.2, ...), the oldest first, and files compressed by gzip.
    """

    examples: ClassVar[str] = """\
  unixnotif replay recording.jsonl unix+dir:///run/nova/notifications
  unixnotif replay recording.jsonl URI --speed 10 --wait 30
  unixnotif replay recording.jsonl URI --from 10:00 --to 10:05 --at-once
  unixnotif replay recording.jsonl URI --event-type 'instance.*' --loop

exit code: 0 if every subscriber received every notification; 1 if there was
no subscriber, a notification was dropped, the file or the address cannot be
used, or the command was stopped early (except with --loop); 2 if the command
line is wrong"""

    stopped: ClassVar[int] = app.FAILED
    listener: ClassVar[str] = 'this command'

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
            help='replay X times as fast as recorded',
        )
        pace.add_argument(
            '--at-once',
            dest='speed',
            action='store_const',
            const=math.inf,
            help='do not wait between notifications; slow subscribers may '
            'lose some',
        )
        parser.add_argument(
            '--loop',
            action='store_true',
            help='start again at the end, until Ctrl-C',
        )
        send.add_wait_options(parser)
        recordings.add_period(parser)
        criteria.add(parser)

    def take_action(self, parsed_args: argparse.Namespace) -> int:
        """See the base class."""
        chosen = _read(parsed_args)
        send.check_directory(parsed_args.uri)
        with publisher.Publisher(parsed_args.uri) as out:
            send.wait_for_subscribers(out, parsed_args.wait)
            run = _Run(chosen, out, parsed_args.speed, parsed_args.loop)
            try:
                run.publish()
            except app.Stopped:
                run.was_stopped = True
        return run.judge()


def _read(parsed_args: argparse.Namespace) -> list[recording.Recorded]:
    """Return the notifications to publish.

    All files are read first, so that a broken one is refused before anything
    is sent.
    """
    wanted = criteria.parse(parsed_args)
    lines = [
        line
        for path in recordings.files([parsed_args.file])
        for line in recordings.select(
            recording.read(path, unfinished=app.say), parsed_args, wanted
        )
    ]
    missing: collections.Counter[str] = collections.Counter()
    for each in lines:
        if isinstance(each, notification.Lost):
            missing.update(each.reasons)
    recordings.report_missing(missing)
    return [each for each in lines if isinstance(each, recording.Recorded)]


class _Run:
    """A replay and its outcome.

    :ivar was_stopped: if True, a signal ended it
    """

    def __init__(
        self,
        chosen: list[recording.Recorded],
        out: publisher.Publisher,
        speed: float,
        is_endless: bool,
    ) -> None:
        self._chosen = chosen
        self._out = out
        self._speed = speed
        # Without a notification an endless run would never wait.
        self._is_endless = is_endless and bool(chosen)
        self._begun = clock.monotonic()
        self._published = 0
        self._unread = 0
        self._incomplete = 0
        self._dropped: collections.Counter[str] = collections.Counter()
        self.was_stopped = False

    def publish(self) -> None:
        """Publish all notifications, repeatedly if the replay is endless."""
        total = None if self._is_endless else len(self._chosen)
        with progress.counting('replaying', total) as advance:
            self._publish_once(advance)
            while self._is_endless:
                self._publish_once(advance)

    def _publish_once(self, advance: Callable[[], None]) -> None:
        begun = clock.monotonic()
        for each in self._chosen:
            elapsed = each.received - self._chosen[0].received
            due = begun + elapsed / datetime.timedelta(seconds=1) / self._speed
            clock.sleep(max(0.0, due - clock.monotonic()))
            # A notification over a limit counts as dropped (unserializable).
            found = each.notification
            delivery = self._out.publish(
                found.encode, (found.topics, found.priority)
            )
            self._published += 1
            self._unread += not delivery.subscribers
            self._incomplete += bool(delivery.dropped)
            self._dropped.update(delivery.dropped)
            advance()

    def judge(self) -> int:
        """Report the outcome; return the exit code."""
        count = self._published - self._unread
        total = grammar.quantity(len(self._chosen), 'notification')
        seconds = clock.monotonic() - self._begun
        shown = f'{count} of {total}'
        if self._is_endless:
            shown = f'a loop of {total}, {count} in all,'
        app.say(f'replayed {shown} in {seconds:.1f} s')
        if self._unread:
            app.say(
                f'no subscriber at {self._out.address}; {_were(self._unread)} '
                f'discarded: {advice.ON_NO_SUBSCRIBER}'
            )
        if self._dropped:
            app.say(
                f'{_were(self._incomplete)} not delivered to every subscriber '
                f'({grammar.counts(self._dropped)})'
            )
        is_complete = self._is_endless or not self.was_stopped
        if is_complete and not self._unread and not self._dropped:
            return 0
        return app.FAILED


def _were(count: int) -> str:
    return grammar.quantity(count, 'notification was', 'notifications were')


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
