# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""A process of nova, as far as notifications go.

Usage: ``python -m ... CONFIG PUBLISHER_ID``. The program emits as nova does,
in the formats that ``[notifications] notification_format`` names: one Notifier
emits legacy notifications, and another one versioned ones. Each line on
standard input is a command: ``{"emit": N}`` emits N events. The answer has the
drivers of the Notifiers.
"""

import argparse
import json
import sys

from oslo_config import cfg
import oslo_messaging

_FORMATS = {
    'unversioned': ['notifications'],
    'versioned': ['versioned_notifications'],
    'both': ['notifications', 'versioned_notifications'],
}


def main() -> None:
    """Create the Notifiers, and emit on command."""
    parser = argparse.ArgumentParser()
    parser.add_argument('config')
    parser.add_argument('publisher_id')
    args = parser.parse_args()
    conf = cfg.ConfigOpts()
    conf.register_opt(
        cfg.StrOpt(
            'notification_format', default='unversioned', choices=[*_FORMATS]
        ),
        group='notifications',
    )
    conf([], project='nova', default_config_files=[args.config])
    transport = oslo_messaging.get_notification_transport(conf)
    notifiers = [
        oslo_messaging.Notifier(
            transport, publisher_id=args.publisher_id, topics=[topic]
        )
        for topic in _FORMATS[conf.notifications.notification_format]
    ]
    for line in sys.stdin:
        for number in range(json.loads(line)['emit']):
            for notifier in notifiers:
                notifier.info({}, 'instance.update', {'number': number})
        drivers = conf.oslo_messaging_notifications.driver
        sys.stdout.write(json.dumps({'drivers': drivers}) + '\n')
        sys.stdout.flush()


if __name__ == '__main__':
    main()
