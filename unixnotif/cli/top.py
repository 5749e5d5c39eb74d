# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""``unixnotif top``: live rates, losses and sizes of notifications.

Rule: statistics are bounded, whatever peers send, and the screen says what
is left out.
"""

import argparse
from collections.abc import Callable
from collections.abc import Iterable
import logging
import os
import signal
import sys
from typing import Any
from typing import ClassVar
from typing import Final

from rich import console as consoles
from rich import live

from unixnotif import address
from unixnotif import clock
from unixnotif import consumer
from unixnotif import errors
from unixnotif import filter as filters
from unixnotif import notification
from unixnotif import polling
from unixnotif import recording
from unixnotif.cli import addresses
from unixnotif.cli import app
from unixnotif.cli import criteria
from unixnotif.cli import keyboard
from unixnotif.cli import output
from unixnotif.cli import processes
from unixnotif.cli import progress
from unixnotif.cli import recordings
from unixnotif.cli import reports
from unixnotif.cli import screen
from unixnotif.cli import statistics
from unixnotif.cli import subscriber
from unixnotif.cli import views

# Seconds of each count of the sparkline, and number of counts: 5 minutes.
_WIDTH: Final = 5.0
_COUNTS: Final = 60
# Seconds for which --once watches an address.
_ONCE: Final = 5.0
# Notifications between two looks at the keyboard.
_BATCH: Final = 256
# Batches that are counted after a signal.
_LAST: Final = 64


class Top(app.AddressCommand):
    """Show live rates, losses and sizes of notifications.

    By event type, publisher, payload version or emitting process. URI is an
    address; instead, FILE is a recording, which the command follows while
    another process appends to it or rotates it. Keys choose the view and the
    order; the screen names them. A table keeps at most 1000 rows and shows
    the number of other rows.
    """

    examples: ClassVar[str] = """\
  unixnotif top unix+dir:///run/nova/notifications
  unixnotif top --config-file /etc/nova/nova.conf --by process --sort size
  unixnotif top URI --once --json --duration 10 | jq .rate
  unixnotif top capture.jsonl --from 10:00

exit code: 0 also when it is stopped by q, Ctrl-C, SIGTERM or a closed pipe;
1 when the address or the file cannot be used; 2 when the command line is
wrong"""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """See the base class."""
        parser.add_argument(
            'uri',
            metavar='URI|FILE',
            nargs='?',
            type=_source,
            help='an address such as unix+dir:///run/nova/notifications, or '
            'a recording; default: the address of --config-file, or '
            '$UNIXNOTIF_URI',
        )
        addresses.add_config_file(parser)
        parser.add_argument(
            '--by',
            choices=screen.VIEWS,
            default=screen.VIEWS[0],
            help='view at the beginning (default: %(default)s)',
        )
        parser.add_argument(
            '--sort',
            choices=reports.SORTING,
            default='rate',
            help='order at the beginning (default: %(default)s)',
        )
        parser.add_argument(
            '--interval',
            metavar='S',
            type=_interval,
            default=1.0,
            help='seconds between two updates (default: %(default)g)',
        )
        parser.add_argument(
            '--duration',
            metavar='S',
            type=app.seconds,
            help='end after S seconds (default: never; with --once, '
            f'{_ONCE:g})',
        )
        parser.add_argument(
            '--once',
            action='store_true',
            help='print every view once, at the end, and do not follow a '
            'file (default if the output is not a terminal)',
        )
        parser.add_argument(
            '--json', action='store_true', help='the same as JSON; with --once'
        )
        recordings.add_period(parser)
        criteria.add(parser)
        views.add_utc(parser)

    def run(self, parsed_args: argparse.Namespace) -> int:
        """Run; a file needs no address."""
        if isinstance(parsed_args.uri, str):
            # Not that of the base class, which finds the address.
            return app.Command.run(self, parsed_args)
        return super().run(parsed_args)

    def take_action(self, parsed_args: argparse.Namespace) -> int:
        """See the base class."""
        if sys.stdout is None:
            raise errors.UnixNotifError('standard output is closed')
        once = parsed_args.once or parsed_args.json
        console = output.console(sys.stdout)
        if isinstance(parsed_args.uri, str):
            source: _Source = _File(
                parsed_args, once or not console.is_terminal
            )
        else:
            source = _Live(parsed_args)
        try:
            once = once or not console.is_terminal
            if once and isinstance(source, _Live):
                source.stopping = _Signals()
            source.start()
            if once:
                source.finish(parsed_args.duration)
                _put(source, parsed_args, console)
            else:
                _show(source, parsed_args, console)
        finally:
            source.close()
        return 0


class _Signals:
    """Asks to stop; a signal interrupts nothing, so that all is counted."""

    def __init__(self) -> None:
        self._requested = False
        signal.signal(signal.SIGTERM, self._request)
        signal.signal(signal.SIGINT, self._request)

    def _request(self, *_: Any) -> None:
        self._requested = True

    def __call__(self) -> bool:
        return self._requested


class _Source:
    """Statistics of an address or of a file."""

    counted: statistics.Statistics
    name: str
    state = ''
    fd = -1
    stopping: Callable[[], bool] = staticmethod(lambda: False)

    def start(self) -> None:
        """Begin."""

    def advance(self) -> bool:
        """Count some notifications; return False if there are none now."""
        return False

    def rate(self, row: statistics.Row) -> float:
        """Return notifications a second."""
        return self.counted.average(row)

    def finish(self, duration: float | None) -> None:
        """Count until the time is over."""

    def close(self) -> None:
        """End."""


class _File(_Source):
    """A recording, which is followed while the screen shows it."""

    def __init__(self, parsed_args: argparse.Namespace, once: bool) -> None:
        self.name = parsed_args.uri
        self._parsed_args = parsed_args
        self._wanted = criteria.parse(parsed_args)
        self.counted = statistics.Statistics(
            statistics.Timeline(1.0, _COUNTS, is_whole=True)
        )
        self._follower = None
        # A name that does not exist is more likely a mistake.
        exists = os.path.exists(self.name)
        if not once and exists and recording.is_followable(self.name):
            self._follower = recording.Follower(self.name)

    @property
    def state(self) -> str:  # type: ignore[override]
        """State of the file."""
        missing = self._follower is not None and self._follower.is_missing
        return 'waiting: the file is gone' if missing else ''

    def start(self) -> None:
        if self._follower is not None:
            paths = self._follower.older()
        else:
            paths = recordings.files([self.name])
        if paths:
            with progress.Reading(paths, 'nothing is shown') as reading:
                for path in paths:
                    self._add(reading.read(path))
        # A small file is on the screen from the beginning.
        self.advance()
        self.advance()

    def advance(self) -> bool:
        if self._follower is None:
            return False
        found = self._follower.read()
        self._add(found or ())
        return found is not None

    def _add(self, lines: Iterable[recording.Line]) -> None:
        for line in recordings.select(lines, self._parsed_args, self._wanted):
            self.counted.add_line(line)

    def close(self) -> None:
        if self._follower is not None:
            self._follower.close()


class _Live(_Source):
    def __init__(self, parsed_args: argparse.Namespace) -> None:
        where: address.Address = parsed_args.uri
        wanted: filters.Filter = criteria.parse(parsed_args)
        self.name = str(where)
        self._consumer = consumer.Consumer(where, **wanted.criteria)
        self._deadline = clock.deadline(parsed_args.duration)
        self._names = processes.Names()
        self._start = _now()
        self.counted = statistics.Statistics(
            statistics.Timeline(_WIDTH, _COUNTS, is_whole=False), self._start
        )

    def start(self) -> None:
        subscriber.subscribe(self._consumer, self._deadline, self.stopping)
        self._start = self.counted.start = _now()

    @property
    def fd(self) -> int:  # type: ignore[override]
        """Descriptor that is readable when something came in."""
        return self._consumer.fileno()

    @property
    def state(self) -> str:  # type: ignore[override]
        """State of the subscription, and invalid documents."""
        rejected = self._consumer.rejected.total()
        parts = []
        if not self._consumer.subscribed:
            parts.append('waiting: the address is gone')
        if rejected:
            parts.append(f'{rejected} invalid')
        return ', '.join(parts)

    def advance(self) -> bool:
        for _ in range(_BATCH):
            received = self._consumer.receive(0)
            self.counted.lost = self._consumer.lost_reasons
            if received is None:
                self.counted.timeline.advance(_now())
                return False
            self.counted.add(received, _now(), self._name(received))
        return True

    def _name(self, received: notification.Notification) -> str:
        sender = received.sender
        return self._names.find(sender.pid) if sender else ''

    def rate(self, row: statistics.Row) -> float:
        return row.rate(_now(), self._start)

    def finish(self, duration: float | None) -> None:
        reader = subscriber.Reader(sys.stdout)
        deadline = clock.deadline(_ONCE if duration is None else duration)
        while not self.stopping():
            remaining = deadline - clock.monotonic()
            if remaining <= 0:
                break
            if not self.advance():
                reader.check()
                step = min(remaining, consumer.CHECK_INTERVAL)
                polling.wait_readable(self.fd, step)
        # Count earlier notifications; other processes may still emit.
        for _ in range(_LAST):
            if not self._consumer.subscribed or not self.advance():
                break

    def close(self) -> None:
        self._consumer.close()


def _now() -> float:
    return clock.now().timestamp()


def _show(
    source: _Source,
    parsed_args: argparse.Namespace,
    console: consoles.Console,
) -> None:
    """Show the screen until the person or the time ends it."""
    shown = screen.Screen(
        source.name,
        views.clock(parsed_args),
        view=parsed_args.by,
        sort=parsed_args.sort,
    )
    deadline = clock.deadline(parsed_args.duration)
    # Messages would be written into the screen, which counts what they tell.
    logging.getLogger('unixnotif').setLevel(logging.CRITICAL)

    def draw() -> consoles.Group:
        return shown.draw(
            source.counted,
            source.rate,
            source.state,
            console.size,
            has_unicode=output.has_unicode(console),
        )

    with (
        keyboard.Keyboard(sys.stdin) as keys,
        live.Live(
            draw(), console=console, screen=True, auto_refresh=False
        ) as picture,
    ):
        picture.refresh()
        next_time = clock.monotonic()
        while not shown.is_over:
            more = source.advance()
            now = clock.monotonic()
            if now >= deadline:
                break
            if now >= next_time:
                next_time = now + parsed_args.interval
                if not shown.is_paused:
                    picture.update(draw(), refresh=True)
            timeout = min(
                0.0 if more else next_time - now,
                consumer.CHECK_INTERVAL,
                deadline - now,
            )
            if pressed := keys.wait(source.fd, timeout):
                shown.press(pressed)
                picture.update(draw(), refresh=True)


def _put(
    source: _Source,
    parsed_args: argparse.Namespace,
    console: consoles.Console,
) -> None:
    """Print the statistics once."""
    if parsed_args.json:
        value = reports.to_json(source.counted, source.rate)
        output.write_line(sys.stdout, reports.encode(value).removesuffix('\n'))
        return
    renderables = reports.overview(
        source.counted,
        source.name,
        source.rate,
        views.clock(parsed_args),
        dimensions=screen.VIEWS,
        sort=parsed_args.sort,
        width=console.width if console.is_terminal else reports.UNLIMITED,
        has_unicode=output.has_unicode(console),
    )
    output.put_all(console, renderables)


def _source(text: str) -> Any:
    """Return an Address, or the name of a recording."""
    if text.startswith(('unix:', 'unix+dir:')):
        return addresses.parse_argument(text)
    return text


def _interval(text: str) -> float:
    value = app.seconds(text)
    if not 0.1 <= value <= 3600:
        raise argparse.ArgumentTypeError(
            f'{text!r} is not between 0.1 and 3600 seconds'
        )
    return value
