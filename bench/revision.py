# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The process that measures one revision of the package.

Rule: this module imports only the public names of ``unixnotif`` and those that
:mod:`bench.stages` uses, so that it also runs with older revisions. Each line
of standard input is the JSON of a :class:`Series`. For each line, the process
prints the CPU time of a call, in microseconds.
"""

from collections.abc import Callable
import functools
import gc
import json
import logging
import sys
from typing import NamedTuple

from bench import contenders
from bench import cost
from bench import payloads
from bench import readers
from bench import stages

ADDRESSES = ('unix+dir', 'unix')
SUBSCRIBERS = (0, 1, 8)
#: Through oslo.messaging's Notifier, and with a ready-made document.
CALLS = ('info', 'publish')


class Series(NamedTuple):
    """A series of calls of one kind."""

    address: str
    subscribers: int
    call: str
    payload: str


def _measure(contender: contenders.Contender, series: Series) -> float:
    """Return the microseconds of CPU time of a call."""
    payload = payloads.PAYLOADS[series.payload]
    call: Callable[[], object] = functools.partial(
        contender.notifier.info, {}, payload.event_type, payload.value
    )
    if series.call == 'publish':
        assert contender.send is not None
        call = functools.partial(contender.send, payload.document())
    contender.prepare()
    gc.collect()
    spent = cost.per_call(call, cost.BURST).cpu_us
    contender.settle()
    return spent


def main() -> None:
    """Measure the series that standard input names, until its end."""
    readers.raise_descriptor_limit()
    logging.getLogger('unixnotif').setLevel(logging.ERROR)
    choice = contenders.serializers()[:1]
    with stages.Stage() as stage:
        found = {
            (each.name, each.subscribers): each
            for address in ADDRESSES
            for each in stage.unix(address, list(SUBSCRIBERS), choice)
        }
        with (
            cost.no_collections(),
            contenders.on_separate_cpus(list(found.values())),
        ):
            print('ready', flush=True)
            for line in sys.stdin:
                series = Series(*json.loads(line))
                contender = found[series.address, series.subscribers]
                print(_measure(contender, series), flush=True)


if __name__ == '__main__':
    main()
