# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The memory of a subscriber, in the emitter and in the kernel.

Rule: the emitter has its own process. The job measures after each subscriber
has connected and read everything. The kernel's part is the growth of its slab
(``/proc/meminfo``) for the sockets of both ends. Other programs also change
the slab, so the result is an estimate. Unread documents take additional
memory, at most the send buffer.
"""

import multiprocessing
from multiprocessing.connection import Connection
import os
import pathlib
import statistics
from typing import Any

from bench import intakes
from bench import payloads
from bench import readers
from bench import stages
from bench import throughput
from unixnotif import Publisher

_SUBSCRIBERS = 400

FULL = 5
QUICK = 1


def run(stage: stages.Stage, rounds: int) -> list[dict[str, Any]]:
    """Measure; one row for each kind of address."""
    rows = []
    for scheme in ('unix+dir', 'unix'):
        found = [_measure(stage.uri(scheme)) for _ in range(rounds)]
        emitter, kernel = zip(*found, strict=True)
        rows.append(
            {
                'contender': scheme,
                'subscribers': _SUBSCRIBERS,
                'emitter_bytes': round(statistics.median(emitter)),
                'kernel_bytes': round(statistics.median(kernel)),
            }
        )
    return rows


def _measure(uri: str) -> tuple[float, float]:
    """Return bytes for each subscriber, in the emitter and in the kernel."""
    context = multiprocessing.get_context('spawn')
    pipe, theirs = context.Pipe()
    emitter = context.Process(target=_emit, args=(theirs, uri), daemon=True)
    emitter.start()
    theirs.close()
    alone = pipe.recv()
    slab = _slab()
    addresses = {'all': (uri, _SUBSCRIBERS)}
    with readers.Reader(intakes.UnixIntake, addresses) as reader:
        pipe.send('publish')
        together = pipe.recv()
        count = reader.report().count
        if count != _SUBSCRIBERS:
            raise RuntimeError(
                f'{count} of {_SUBSCRIBERS} subscribers received the document'
            )
        slab = _slab() - slab
    pipe.close()
    emitter.join()
    return (together - alone) / _SUBSCRIBERS, slab / _SUBSCRIBERS


def _emit(pipe: Connection, uri: str) -> None:
    readers.raise_descriptor_limit()
    data = throughput.ready_made(payloads.BIG)
    with Publisher(uri) as publisher:
        publisher.publish(data)
        pipe.send(_resident())
        pipe.recv()
        # Each call accepts some of the readers that have connected.
        for _ in range(_SUBSCRIBERS):
            publisher.refresh()
        publisher.publish(data)
        pipe.send(_resident())
        # Until everything is measured.
        while pipe.poll(None):
            try:
                pipe.recv()
            except EOFError:
                return


def _resident() -> int:
    pages = pathlib.Path('/proc/self/statm').read_text().split()[1]
    return int(pages) * os.sysconf('SC_PAGE_SIZE')


def _slab() -> int:
    for line in pathlib.Path('/proc/meminfo').read_text().splitlines():
        name, value = line.split(':')
        if name == 'Slab':
            return int(value.split()[0]) * 1024
    raise RuntimeError('no Slab in /proc/meminfo')
