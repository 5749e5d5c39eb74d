# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The service runs, and three subscribers capture what it emits.

Rule: each consumer subscribes before the first process starts, so that it
misses nothing.
"""

import pathlib
import tempfile

from rich import console as consoles

from demo import listener
from demo import pages
from demo import processes
from demo import screen
from demo import verdict
from unixnotif import fixtures

CONFIG = """\
[oslo_messaging_notifications]
driver = unix
[oslo_messaging_unix]
socket_uri = {uri}
"""


def demonstrate(
    workers: int, count: int, uri: str | None, console: consoles.Console
) -> verdict.Outcome:
    """Subscribe, run the service, and collect the results.

    :param workers: processes in the service's pool
    :param count: notifications of each of them, and of the thread
    :param uri: address for the configuration instead of the right one
    :raises DemoError: a process did not do its part
    """
    with (
        tempfile.TemporaryDirectory(prefix='unixnotif-demo-') as directory,
        pages.recorded(directory) as recordings,
        fixtures.CapturingConsumer() as captured,
        console.status('unixnotif tail is starting') as status,
    ):
        scratch = pathlib.Path(directory)
        config = scratch / 'demo.conf'
        config.write_text(CONFIG.format(uri=uri or captured.uri))
        screen.announce(config.read_text(), captured.uri, console)
        with (
            listener.Listener(
                captured.uri, ['versioned_notifications']
            ) as listening,
            processes.tail(captured.uri, scratch) as tail,
        ):

            def look() -> None:
                # Each call reads, so that the socket's buffer never fills.
                seen = len(captured.notifications)
                status.update(f'the service runs: {seen} captured')

            commands = [
                ('serve', f'--workers={workers}', f'--count={count}'),
                ('create-flavor', 'm1.small'),
            ]
            runs = processes.run_service(config, commands, look)
            # Notifications of a process are here when the process has ended.
            fixture = captured.notifications
            status.update('unixnotif tail prints the last notifications')
            tail.wait(
                lambda: tail.count() >= len(fixture), processes.PRINT_TIMEOUT
            )
            listening.wait(len(fixture), processes.PRINT_TIMEOUT)
        page = pages.write(recordings)
        return verdict.Outcome(
            # One of each worker, of the thread and of the command.
            asked=(workers + 1) * count + 1,
            runs=runs,
            fixture=fixture,
            tail=tail.printed(),
            listener=listening.counts,
            lost=captured.lost,
            page=page,
        )
