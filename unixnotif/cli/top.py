# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""``unixnotif top``: live rates, losses and sizes of notifications.

Rule: statistics are bounded, whatever peers send, and the screen says what
is left out.
"""

import argparse
import logging
import signal
import sys
from typing import Any
from typing import ClassVar

from rich import console as consoles
from rich import live

from unixnotif import clock
from unixnotif import consumer
from unixnotif.cli import addresses
from unixnotif.cli import app
from unixnotif.cli import criteria
from unixnotif.cli import keyboard
from unixnotif.cli import output
from unixnotif.cli import recordings
from unixnotif.cli import reports
from unixnotif.cli import screen
from unixnotif.cli import sources
from unixnotif.cli import standard_output
from unixnotif.cli import stop
from unixnotif.cli import tables
from unixnotif.cli import views


class Top(app.AddressCommand):
    """Show live rates, losses and sizes of notifications.

    The tables count notifications by event type, publisher, payload version
    or emitting process. To watch a service, give its address (URI). To watch
    a recording, give FILE: the command follows the file while another process
    appends to it or rotates it. The screen names the keys that choose the
    view and the order. A table keeps at most 1000 rows and shows the number
    of other rows.
    """

    examples: ClassVar[str] = """\
  unixnotif top unix+dir:///run/nova/notifications
  unixnotif top --config-file /etc/nova/nova.conf --by process --sort size
  unixnotif top URI --once --json --duration 10 | jq .rate
  unixnotif top capture.jsonl --from 10:00

exit code: 0, also if q, Ctrl-C, SIGTERM or a closed pipe stops the command; 1
if the address or the file cannot be used, or the file has a line that is too
long; 2 if the command line is wrong"""

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
            choices=tables.SORTING,
            default='rate',
            help='order at the beginning: largest count, rate or total size '
            'first, name from A to Z, or newest notification (last) first '
            '(default: %(default)s)',
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
            f'{sources.ONCE:g})',
        )
        parser.add_argument(
            '--once',
            action='store_true',
            help='print every view once, without a screen: after --duration '
            'for an address, after the last line for a file (default if the '
            'output is not a terminal)',
        )
        parser.add_argument(
            '--json',
            action='store_true',
            help='print every view once, as --once does, but as JSON',
        )
        recordings.add_period(parser, 'with FILE: ')
        criteria.add(parser)
        views.add_utc(parser)

    def run(self, parsed_args: argparse.Namespace) -> int:
        """Run; a file needs no address."""
        if isinstance(parsed_args.uri, str):
            if parsed_args.config_file:
                app.say('give a recording (FILE) or --config-file, not both')
                return app.USAGE
            # Skip the base class, whose run() finds the address.
            return app.Command.run(self, parsed_args)
        return super().run(parsed_args)

    def take_action(self, parsed_args: argparse.Namespace) -> int:
        """See the base class."""
        console = output.console(standard_output.require())
        once = parsed_args.once or parsed_args.json or not console.is_terminal
        source: sources.Source
        if isinstance(parsed_args.uri, str):
            source = sources.File(parsed_args, once)
        else:
            source = sources.Live(parsed_args)
        try:
            if once and isinstance(source, sources.Live):
                # A signal only ends the wait: everything received is counted.
                source.stopping = stop.Stop(signal.SIGTERM, signal.SIGINT)
            source.start()
            if once:
                source.finish(parsed_args.duration)
                _put(source, parsed_args, console)
            else:
                _show(source, parsed_args, console)
        finally:
            source.close()
        for each in source.skipped:
            app.say(each)
        return app.FAILED if source.skipped else 0


def _show(
    source: sources.Source,
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
    # Log messages would destroy the picture, and the screen already shows
    # these counts.
    logging.getLogger('unixnotif').setLevel(logging.CRITICAL)

    def draw() -> consoles.Group:
        return shown.draw(
            source.counted,
            source.rate,
            source.state,
            console.size,
            has_unicode=output.has_unicode(console),
        )

    # An exception of a signal handler could leave the terminal changed.
    stopping = stop.Stop(signal.SIGTERM, signal.SIGINT)
    with (
        keyboard.Keyboard(sys.stdin) as keys,
        live.Live(
            draw(), console=console, screen=True, auto_refresh=False
        ) as picture,
    ):
        picture.refresh()
        next_time = clock.monotonic()
        while not (shown.is_over or stopping()):
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
    source: sources.Source,
    parsed_args: argparse.Namespace,
    console: consoles.Console,
) -> None:
    """Print the statistics once."""
    if parsed_args.json:
        value = reports.to_json(source.counted, source.rate)
        output.write_line(
            console.file, reports.encode(value).removesuffix('\n')
        )
        return
    renderables = reports.overview(
        source.counted,
        source.name,
        source.rate,
        views.clock(parsed_args),
        dimensions=screen.VIEWS,
        sort=parsed_args.sort,
        width=console.width if console.is_terminal else tables.UNLIMITED,
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
