# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""A service or a subscriber that runs as a user without an account.

Usage: ``python -m ... --config-file FILE`` emits a notification for each
line on standard input; ``python -m ... --subscribe URI`` subscribes
``--count`` times. The program prints a line when it is ready, and a line for
each notification.
"""

import argparse
import contextlib
import os
import sys
import tempfile

from unixnotif import consumer
from unixnotif.tests.functional.programs import service


def load_drivers() -> None:
    """Import the drivers, which another user may not be able to read."""
    with tempfile.NamedTemporaryFile('w', suffix='.conf') as config:
        config.write('[oslo_messaging_notifications]\ndriver = unix\n')
        config.flush()
        service.make_notifier(config.name)


def become(uid: int, groups: list[int]) -> None:
    """Become a user for good, whose first group has the same number."""
    os.setgroups(groups)
    os.setgid(uid)
    os.setuid(uid)


def main() -> None:
    """Become the user, then act."""
    parser = argparse.ArgumentParser()
    parser.add_argument('--config-file')
    parser.add_argument('--subscribe')
    parser.add_argument('--count', type=int, default=1)
    parser.add_argument('--name', default='nova-compute')
    parser.add_argument('--uid', type=int)
    parser.add_argument('--groups', type=int, nargs='*', default=[])
    args = parser.parse_args()
    with open('/proc/self/comm', 'w') as name:
        name.write(args.name)
    if args.uid is not None:
        load_drivers()
        become(args.uid, args.groups)
    with contextlib.ExitStack() as stack:
        for _ in range(args.count if args.subscribe else 0):
            stack.enter_context(consumer.Consumer(args.subscribe))
        notifier = None
        if args.config_file:
            notifier = service.make_notifier(args.config_file)
        service.answer(pid=os.getpid())
        for _ in sys.stdin:
            if notifier is not None:
                notifier.info({}, 'service.update', {})
            service.answer(emitted=1)


if __name__ == '__main__':
    main()
