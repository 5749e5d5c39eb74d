# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""A service that counts the deliveries of its notifications.

Usage: ``python -m ... CONFIG``. Each line on standard input is a command:

- ``{"start": true}`` begins to emit without a pause;
- ``{"stop": true}`` ends it; the answer has the numbers of delivered and
  dropped copies.
"""

import collections
from collections.abc import Hashable
import json
import sys
import threading

from unixnotif import publisher
from unixnotif.publisher import deliveries
from unixnotif.tests.functional.programs import service


def main() -> None:
    """Emit, and count the deliveries."""
    totals: collections.Counter[str] = collections.Counter()
    publish = publisher.Publisher.publish

    def publish_and_count(
        self: publisher.Publisher,
        document: deliveries.Document,
        kind: Hashable = None,
    ) -> deliveries.Delivery:
        done = publish(self, document, kind)
        totals['delivered'] += done.delivered
        totals['dropped'] += sum(done.dropped.values())
        return done

    publisher.Publisher.publish = publish_and_count  # type: ignore[method-assign]
    notifier = service.make_notifier(sys.argv[1])
    stopping = threading.Event()

    def emit() -> None:
        number = 0
        while not stopping.is_set():
            number += 1
            notifier.info({}, 'test.number', {'n': number})

    thread = threading.Thread(target=emit)
    for line in sys.stdin:
        if 'start' in json.loads(line):
            thread.start()
        else:
            stopping.set()
            thread.join()
            service.answer(**totals)


if __name__ == '__main__':
    main()
