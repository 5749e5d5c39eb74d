# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""A relay of the service's notifications to listeners of a real RabbitMQ.

Rule: the listener is a stock one of oslo.messaging; the exit code is 0 only
if it received all notifications that the publishers report.
"""

from collections.abc import Iterator
import contextlib
import pathlib
import tempfile

from rich import console as consoles
from rich import table as rich_table

from demo import capture
from demo import listener
from demo import objects
from demo import processes
from demo import verdict
from tools.relay import processes as relays
from tools.relay import rabbitmq
from unixnotif import address

_TOPIC = 'versioned_notifications'
#: Seconds in which the listener must have everything.
_TIMEOUT = 60.0


def demonstrate(
    workers: int, count: int, console: consoles.Console
) -> list[str]:
    """Relay notifications of the service to a RabbitMQ server.

    :param workers: processes in the service's pool
    :param count: notifications of each of them, and of the thread
    :returns: the problems
    :raises DemoError: there is no server, or a process did not do its part
    """
    with contextlib.ExitStack() as stack:
        top = pathlib.Path(
            stack.enter_context(
                tempfile.TemporaryDirectory(prefix='unixnotif-demo-')
            )
        )
        with console.status('RabbitMQ is starting'):
            try:
                server = stack.enter_context(rabbitmq.RabbitMQ())
            except rabbitmq.MissingError as e:
                raise processes.DemoError(
                    f'{e}; try: apt-get install rabbitmq-server'
                ) from None
        uri = str(address.Address(f'{top}/notifications'))
        (top / 'notifications').mkdir()
        bus = top / 'relay.conf'
        bus.write_text(f'[DEFAULT]\ntransport_url = {server.url}\n')
        config = top / 'demo.conf'
        config.write_text(capture.CONFIG.format(uri=uri))
        console.print(
            f'    unixnotif relay {uri} --config-file {bus}\n', soft_wrap=True
        )
        received = stack.enter_context(
            listener.Listener(server.url, [_TOPIC], objects.SERVICE)
        )
        relay = relays.Relay(uri, bus)
        stack.callback(relay.close)
        commands = [
            ('serve', f'--workers={workers}', f'--count={count}'),
            ('create-flavor', 'm1.small'),
        ]
        with console.status('the service runs'):
            runs = processes.run_service(config, commands, lambda: None)
            relay.terminate()
            code, _ = relay.end()
            emitted = verdict.Counts(
                {
                    each.publisher_id: each.emitted
                    for run in runs
                    for each in run.reports
                }
            )
            received.wait(emitted.total(), _TIMEOUT)
        for line in relay.lines:
            console.print(f'    {line}', soft_wrap=True)
        console.print()
        console.print(_table(emitted, received.counts))
        return list(_problems(runs, code, emitted, received.counts))


def _problems(
    runs: list[verdict.Run],
    code: int,
    emitted: verdict.Counts,
    received: verdict.Counts,
) -> Iterator[str]:
    for run in runs:
        if run.exit_code:
            yield f'"{run.command}" ended with exit code {run.exit_code}'
    if code:
        yield f'the relay ended with exit code {code}'
    for who in sorted(emitted | received):
        if emitted[who] != received[who]:
            yield (
                f'{who} emitted {emitted[who]}, the listener has '
                f'{received[who]}'
            )


def _table(
    emitted: verdict.Counts, received: verdict.Counts
) -> rich_table.Table:
    table = rich_table.Table('publisher', 'emitted', 'through RabbitMQ')
    for who in sorted(emitted | received):
        table.add_row(who, str(emitted[who]), str(received[who]))
    return table
