# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""``unixnotif send``: publish one notification.

Rule: success means that every subscriber has the notification.
"""

import argparse
import datetime
import os
import sys
from typing import Any
from typing import ClassVar
import uuid

from unixnotif import address
from unixnotif import clock
from unixnotif import document
from unixnotif import errors
from unixnotif import filter as filters
from unixnotif import grammar
from unixnotif import notification
from unixnotif import publisher
from unixnotif import rendezvous
from unixnotif.cli import advice
from unixnotif.cli import app

_POLL_INTERVAL = 0.05


class Send(app.AddressCommand):
    """Publish one notification to all current subscribers.

    PAYLOAD is JSON; @FILE reads the JSON from a file, and - from stdin.
    """

    examples: ClassVar[str] = """\
  unixnotif send unix+dir:///run/nova/notifications \\
      --event-type service.update '{"host": "host1"}'
  unixnotif send URI --event-type instance.create.end @payload.json
  jq .payload sample.json | unixnotif send URI --event-type x.y -
  unixnotif send URI --event-type x.y --wait 10 '{}'

exit code: 0 if every subscriber received the notification; 1 if there is no
subscriber, the notification was dropped for a subscriber, the address cannot
be used, or the command was stopped; 2 if the command line or the payload is
wrong"""

    stopped: ClassVar[int] = app.FAILED
    listener: ClassVar[str] = 'this command'

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """See the base class."""
        super().add_arguments(parser)
        parser.add_argument(
            'payload', metavar='PAYLOAD|@FILE|-', type=app.parsed(_payload)
        )
        parser.add_argument(
            '--event-type', required=True, help='for example service.update'
        )
        parser.add_argument(
            '--publisher-id',
            default=f'unixnotif:{os.uname().nodename}',
            help='default: unixnotif:HOST',
        )
        parser.add_argument(
            '--priority',
            default='INFO',
            type=app.parsed(filters.parse_priority),
            help='default: %(default)s',
        )
        parser.add_argument(
            '--topic',
            action='append',
            help='default: notifications; may be repeated',
        )
        parser.add_argument('--exchange', help='for example nova')
        add_wait_options(parser)

    def take_action(self, parsed_args: argparse.Namespace) -> int:
        """See the base class."""
        where = parsed_args.uri
        check_directory(where)
        encoded = _notification(parsed_args).encode()
        with publisher.Publisher(where) as out:
            wait_for_subscribers(out, parsed_args.wait)
            delivery = out.publish(encoded)
        return _judge(delivery, str(where))


def add_wait_options(parser: argparse.ArgumentParser) -> None:
    """Add the option for :func:`wait_for_subscribers`."""
    parser.add_argument(
        '--wait',
        metavar='S',
        type=app.seconds,
        default=0.0,
        help='wait at most S seconds for a subscriber',
    )


def wait_for_subscribers(out: publisher.Publisher, seconds: float) -> None:
    """Wait until there is a subscriber, or the timeout expires."""
    deadline = clock.deadline(seconds)
    while not out.refresh() and clock.monotonic() < deadline:
        clock.sleep(_POLL_INTERVAL)


def check_directory(where: address.Address) -> None:
    """Refuse a directory that does not exist.

    A driver would create the directory. For this command, a missing directory
    is more likely a typing error.

    :raises MissingError: the directory does not exist
    :raises UnavailableError: the path names a file of another kind
    """
    if not where.is_directory or os.path.isdir(where.path):
        return
    if os.path.exists(where.path):
        # Raises an error that names the kind of the file.
        rendezvous.Directory(where.path).close()
    raise errors.MissingError(
        f'rendezvous directory {where.path} does not exist; correct the '
        'path, or start the service that creates the directory'
    )


def _judge(delivery: publisher.Delivery, where: str) -> int:
    if not delivery.subscribers:
        app.say(
            f'no subscriber at {where}; the notification was discarded: '
            f'{advice.ON_NO_SUBSCRIBER}'
        )
        return app.FAILED
    if delivery.dropped:
        app.say(
            f'delivered to {delivery.delivered} of '
            f'{grammar.plural(delivery.subscribers, "subscriber")}; '
            f'dropped ({grammar.counts(delivery.dropped)})'
        )
        return app.FAILED
    return 0


def _payload(argument: str) -> Any:
    """Return the JSON value that an argument names.

    :raises DocumentError: the value cannot be read, or is not JSON
    """
    try:
        if argument == '-':
            if sys.stdin is None:
                raise errors.DocumentError(
                    'cannot read the payload: standard input is closed'
                )
            data = sys.stdin.buffer.read()
        elif argument.startswith('@'):
            with open(argument[1:], 'rb') as f:
                data = f.read()
        elif argument.startswith(('unix://', 'unix+dir://')):
            raise errors.DocumentError(
                f'the payload is missing after the address {argument}; for '
                f'example \'{{"host": "host1"}}\', @file.json, or - for stdin'
            )
        else:
            data = os.fsencode(argument)
    except OSError as e:
        raise errors.DocumentError(
            f'cannot read the payload: {argument[1:]}: {e.strerror}'
        ) from e
    try:
        # The envelope around the payload adds a level.
        return document.decode(data, document.MAX_DEPTH - 1)
    except errors.DocumentError as e:
        raise errors.DocumentError(
            f'the payload is {e}; for example \'{{"host": "host1"}}\', '
            '@file.json, or - for stdin'
        ) from None


def _notification(
    parsed_args: argparse.Namespace,
) -> notification.Notification:
    now = datetime.datetime.now(datetime.UTC).replace(tzinfo=None)
    return notification.Notification(
        message_id=str(uuid.uuid4()),
        publisher_id=parsed_args.publisher_id,
        event_type=parsed_args.event_type,
        priority=parsed_args.priority,
        timestamp=str(now),
        payload=parsed_args.payload,
        topics=tuple(parsed_args.topic or ['notifications']),
        exchange=parsed_args.exchange,
    )
