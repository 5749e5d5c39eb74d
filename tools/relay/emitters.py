# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0


"""A service that emits, as its own process.

Rule: its configuration file names two drivers: "unix", and the driver "test"
of oslo.messaging, which keeps what was emitted.
"""

import argparse
import json
import sys
from typing import Any

from oslo_config import cfg
from oslo_context import context
import oslo_messaging
from oslo_messaging.notify import _impl_test

from unixnotif import clock

PRIORITIES = ('info', 'warn', 'error', 'critical', 'audit', 'debug', 'sample')
#: Payloads that a serializer could change.
PAYLOADS: tuple[Any, ...] = (
    {'huge': 2**70, 'negative': -(2**70), 'float': 1e300, 'tiny': 5e-324},
    {'text': 'é\u2028\U0001f600"\\', 'control': '\x00\x1f', '': None},
    {'nested': [[[{'a': [True, False, None]}]]], 'empty': [{}, []]},
    ['a', 'list'],
    'a text',
    0,
    None,
    {'oslo.version': '2.0', 'oslo.message': '{}', '_unique_id': 'x'},
    {'method': 'no RPC', 'args': {}, '_context_user': 'x'},
    {'large': 'x' * 20_000},
)


def main() -> None:
    """Emit; then print one line of JSON for each notification."""
    parser = argparse.ArgumentParser()
    parser.add_argument('config', help='configuration file')
    parser.add_argument('topics', help='separated by commas')
    parser.add_argument('--count', type=int, required=True)
    parser.add_argument('--rate', type=float, help='per second')
    parser.add_argument('--small', action='store_true')
    parser.add_argument('--service', help='default: the control_exchange')
    parser.add_argument('--priorities', default=','.join(PRIORITIES))
    args = parser.parse_args()
    conf = cfg.ConfigOpts()
    conf(['--config-file', args.config], project='emitter')
    transport = oslo_messaging.get_notification_transport(conf, 'fake://')
    notifiers = [
        oslo_messaging.Notifier(
            transport,
            f'{args.service or conf.control_exchange}:host{host}',
            topics=args.topics.split(','),
        )
        for host in range(2)
    ]
    # The parent says when.
    print('ready', flush=True)
    sys.stdin.readline()
    emit(notifiers, args)
    for redacted, message, _, _ in _impl_test.NOTIFICATIONS:
        print(json.dumps([redacted.to_dict(), message]))


def emit(
    notifiers: list[oslo_messaging.Notifier], args: argparse.Namespace
) -> None:
    """Emit what the command line asks for."""
    priorities = args.priorities.split(',')
    request = context.RequestContext(user_id='me', project_name='é')
    begin = clock.monotonic()
    for number in range(args.count):
        if args.rate:
            due = begin + number / args.rate
            clock.sleep(max(0.0, due - clock.monotonic()))
        notifier = notifiers[number % len(notifiers)]
        priority = priorities[number // 2 % len(priorities)]
        payload = {} if args.small else PAYLOADS[number % len(PAYLOADS)]
        getattr(notifier, priority)(request, f'relay.{number}', payload)


if __name__ == '__main__':
    main()
