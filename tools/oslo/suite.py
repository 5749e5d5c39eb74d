# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Some of oslo.messaging's tests, in a process of their own.

Usage: ``python -m tools.oslo.suite threading|eventlet MODULE N PARTS``. The
command divides the tests of a module or class into parts, and runs part N,
from 0. It prints the results, and one line of JSON at the end.

Rule: only the transport, the executor and the comparison of contexts differ
from a run by oslo.messaging. The unchanged tests have ``fake:`` transports and
name the executor ``eventlet``. They compare a received context with the sent
object, but a transport with a wire can only return an equal dict.
"""

import sys

EXECUTOR = sys.argv[1] if len(sys.argv) > 1 else ''
if EXECUTOR == 'eventlet':
    import eventlet  # type: ignore[import-untyped]

    eventlet.monkey_patch()

from collections.abc import Iterator  # noqa: E402
import functools  # noqa: E402
import json  # noqa: E402
import os  # noqa: E402
import tempfile  # noqa: E402
from typing import Any  # noqa: E402
import unittest  # noqa: E402

import oslo_messaging  # noqa: E402
from oslo_messaging import transport  # noqa: E402
from oslo_messaging.tests import utils  # noqa: E402

from unixnotif import transport_driver  # noqa: E402


def _redirect(top: str) -> None:
    """Have each ``fake:`` transport be a rendezvous directory."""
    parse = transport.TransportURL.parse

    def parse_other(conf: Any, url: str | None = None) -> Any:
        if url is not None and url.startswith('fake:'):
            url = f'unix+dir://{tempfile.mkdtemp(dir=top)}'
        return parse(conf, url)

    transport.TransportURL.parse = parse_other


def _choose_executor(name: str) -> None:
    """Have every listener with an executor use this one."""

    def choose(function: Any) -> Any:
        # The fourth parameter.
        @functools.wraps(function)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            given = list(args)
            if 'eventlet' in given[3:4]:
                given[3] = name
            elif kwargs.get('executor') == 'eventlet':
                kwargs['executor'] = name
            return function(*given, **kwargs)

        return wrapper

    for each in (
        'get_notification_listener',
        'get_batch_notification_listener',
    ):
        setattr(oslo_messaging, each, choose(getattr(oslo_messaging, each)))


def _compare_contexts() -> None:
    """Compare a context that was sent with the dict that arrives."""

    def is_equal(self: Any, other: object) -> bool:
        return other is self or bool(self.to_dict() == other)

    utils.TestContext.__eq__ = is_equal
    utils.TestContext.__hash__ = object.__hash__


def _count_listeners() -> list[object]:
    """Return a list that gets one entry for each listener of the driver."""
    found: list[object] = []
    driver = transport_driver.UnixTransportDriver
    listen = driver.listen_for_notifications

    def listen_and_count(*args: Any, **kwargs: Any) -> Any:
        found.append(None)
        return listen(*args, **kwargs)

    driver.listen_for_notifications = listen_and_count  # type: ignore[method-assign]
    return found


def _flatten(tests: Any) -> Iterator[unittest.TestCase]:
    if isinstance(tests, unittest.TestCase):
        yield tests
    else:
        for each in tests:
            yield from _flatten(each)


def main() -> int:
    """Run the tests; return the exit status."""
    with tempfile.TemporaryDirectory() as top:
        os.environ['NOTIFY_TRANSPORT_URL'] = f'unix+dir://{top}'
        os.environ.pop('RPC_TRANSPORT_URL', None)
        _redirect(top)
        _choose_executor(EXECUTOR)
        _compare_contexts()
        listeners = _count_listeners()
        loaded = unittest.defaultTestLoader.loadTestsFromName(sys.argv[2])
        number, parts = map(int, sys.argv[3:])
        tests = unittest.TestSuite(list(_flatten(loaded))[number::parts])
        result = unittest.TextTestRunner(sys.stdout, verbosity=2).run(tests)
    counts = {
        'run': result.testsRun,
        'failed': len(result.failures) + len(result.errors),
        'skipped': len(result.skipped),
        'listeners': len(listeners),
    }
    print(json.dumps(counts), flush=True)
    return int(not result.wasSuccessful())


if __name__ == '__main__':
    sys.exit(main())
