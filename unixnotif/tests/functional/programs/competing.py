# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""A service beside a thread that computes.

The thread takes the GIL whenever a call releases it. The program prints, for
each kind of call, how often that happened.
"""

import json
import logging
import sys
import threading
import time
from typing import Any

from oslo_config import cfg

from unixnotif import clock
from unixnotif import consumer as consumers
from unixnotif import notify_driver
from unixnotif import opts
from unixnotif import publisher as publishers
from unixnotif import rendezvous

# A thread that waits for the GIL asks for it after this many seconds.
_INTERVAL = 1000.0
# More than a tick of the clock that time stamps are read from.
_SETTLING = 0.05
_MESSAGE = {
    'message_id': 'b0f4a0b7-3f2b-4c55-8d0a-0c6d3c3b3f10',
    'publisher_id': 'nova-compute:host1',
    'event_type': 'service.update',
    'priority': 'INFO',
    'payload': {'host': 'host1'},
    'timestamp': '2026-11-21 10:00:00.000000',
}


class Competitor(threading.Thread):
    """Counts how often it gets the GIL."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.turns = 0

    def run(self) -> None:
        """Take the GIL when it is free, and give it back at once."""
        while True:
            self.turns += 1
            time.sleep(0)


def count_turns(competitor: Competitor, call: Any, seconds: float) -> int:
    """Return how often the other thread ran during some calls.

    :param seconds: minimum duration of all calls: long enough for a check of
        the path
    """
    end = clock.monotonic() + seconds
    turns = 0
    while True:
        before = competitor.turns
        call()
        turns += competitor.turns - before
        if clock.monotonic() > end:
            return turns


def main(uri: str, number: str, size: str) -> None:
    """Publish to ``number`` subscribers, which read between the kinds."""
    logging.disable()
    conf = cfg.ConfigOpts()
    conf([])
    opts.register(conf)
    conf.set_override('socket_uri', [uri], opts.GROUP)
    driver = notify_driver.UnixDriver(conf, ['notifications'], None)
    publisher = publishers.shared(uri)
    publisher.open()
    document = json.dumps({**_MESSAGE, 'payload': 'x' * int(size)}).encode()
    readers = [consumers.Consumer(uri) for _ in range(int(number))]
    for each in readers:
        each.subscribe()
    # A directory is listed again until its time stamp is in the past.
    end = clock.monotonic() + _SETTLING
    while clock.monotonic() < end:
        publisher.refresh()
    sys.setswitchinterval(_INTERVAL)
    competitor = Competitor()
    competitor.start()
    found = {}
    for kind, call in (
        ('publish', lambda: publisher.publish(document)),
        ('notify', lambda: driver.notify({}, _MESSAGE, 'INFO', None)),
    ):
        found[kind] = count_turns(
            competitor, call, 2 * rendezvous.CHECK_INTERVAL
        )
        # With full buffers, no call would deliver anything.
        for each in readers:
            while each.receive(0) is not None:
                pass
    sys.stdout.write(json.dumps(found))


if __name__ == '__main__':
    main(*sys.argv[1:])
