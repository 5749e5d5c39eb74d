# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Large recordings, made of a small one.

Rule: the same arguments give the same recording. Each notification has an id
of its own, so that it compresses as a real one.
"""

from collections.abc import Iterator
import dataclasses
import datetime
import itertools
import random
import uuid

from unixnotif import recording

_START = datetime.datetime(2026, 11, 21, 10, tzinfo=datetime.UTC)
_INTERVAL = datetime.timedelta(milliseconds=36)
# Number of notifications from one loss to the next.
_LOSSES = 20_000


def lines(path: str, count: int) -> Iterator[recording.Line]:
    """Yield notifications like those of a recording, and some losses.

    :param path: of the recording whose notifications are repeated
    :param count: number of notifications
    """
    chance = random.Random(1)
    found = [
        line
        for line in recording.read(path)
        if isinstance(line, recording.Recorded)
    ]
    for number, line in enumerate(
        itertools.islice(itertools.cycle(found), count), 1
    ):
        received = _START + number * _INTERVAL
        unique = uuid.UUID(int=chance.getrandbits(128))
        notification = dataclasses.replace(
            line.notification,
            message_id=str(unique),
            context={
                **line.notification.context,
                'request_id': f'req-{unique}',
            },
        )
        yield dataclasses.replace(
            line, notification=notification, received=received
        )
        if not number % _LOSSES:
            yield recording.RecordedLost(
                7, {'buffer_full': 7}, received=received
            )
