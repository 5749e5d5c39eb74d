# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Command line: ``python -m tools.cloud COMMAND [options]``.

Rule: a cloud that this command started is stopped at its end, whatever
happens, unless ``--keep`` asks for it.
"""

import argparse
from collections.abc import Iterator
from collections.abc import Sequence
import contextlib
from pathlib import Path
import signal
import sys
import threading

from tools import commands
from tools import errors
from tools import workdirs
from tools.cloud import captures
from tools.cloud import cloud as clouds
from tools.cloud import installation
from tools.cloud import layout
from tools.cloud import options
from tools.cloud import processes
from tools.cloud import report
from tools.cloud import scenarios
from tools.cloud import system

_say = commands.say
_HELP = """\
The cloud is up. In each terminal, set:

    export OS_CLIENT_CONFIG_FILE={clouds}
    export OS_CLOUD={name}
    export PATH={bin}:$PATH

To follow the notifications, in one terminal:

    unixnotif tail {uri}

To boot a server, in another terminal:

    openstack server create --image tiny --flavor tiny --nic none --wait one

Logs: {logs}"""


def _run(arguments: argparse.Namespace) -> int:
    top = arguments.workdir.absolute() / 'run'
    layout.check(top)
    where = workdirs.WorkDirectory(arguments.workdir)
    with where.locked():
        running = layout.Layout.load(top)
        if arguments.command == 'down':
            return _down(clouds.load(top))
        if running and arguments.command in ('up', 'all'):
            raise errors.ToolError(
                f'a cloud is running in {top}: stop it with "down"'
            )
        if running:
            return _play(arguments, clouds.Cloud(running))
        if arguments.recreate:
            where.clear()
        system.install(where.logs)
        installation.install(where)
        with _started(arguments, top, where) as cloud:
            return _play(arguments, cloud)


@contextlib.contextmanager
def _started(
    arguments: argparse.Namespace, top: Path, where: workdirs.WorkDirectory
) -> Iterator[clouds.Cloud]:
    """Start a cloud; stop it at the end."""
    cloud = clouds.Cloud.create(
        layout.Layout(
            top, where.venv, layout.Ports.choose(), arguments.eventlet
        )
    )
    try:
        yield cloud
    except BaseException:
        _down(cloud)
        raise
    if arguments.keep:
        _say('The cloud is still running; to stop it: tox -e cloud -- down')
    else:
        _down(cloud)


def _down(cloud: clouds.Cloud) -> int:
    with workdirs.step('stopping the cloud'):
        killed = cloud.down()
    for name in killed:
        _say(f'{name} did not end within {processes.GRACE:.0f} s: killed')
    return int(bool(killed))


def _play(arguments: argparse.Namespace, cloud: clouds.Cloud) -> int:
    """Do on a cloud what the command asks for."""
    if arguments.command == 'up':
        return _keep(arguments, cloud)
    wanted = {'test': ['life'], 'burst': ['burst']}.get(
        arguments.command, list(scenarios.ALL)
    )
    outcomes = {}
    for name in wanted:
        with workdirs.step(f'scenario: {name}'):
            outcomes[name] = scenarios.ALL[name](cloud)
    capture = captures.read_recording(cloud.where.capture)
    for table in (
        report.by_type(capture, cloud.roster.name),
        report.by_process(capture, cloud.roster.name),
        report.scenarios(outcomes),
    ):
        _say('\n' + '\n'.join(table))
    _say('')
    return int(any(each.all_faults for each in outcomes.values()))


def _keep(arguments: argparse.Namespace, cloud: clouds.Cloud) -> int:
    where = cloud.where
    _say(
        _HELP.format(
            clouds=where.clouds_yaml,
            name=layout.NAME,
            bin=where.bin,
            uri=where.uri,
            logs=where.logs,
        )
    )
    if not arguments.keep:
        _say('Press Ctrl-C to stop the cloud.')
        ended = threading.Event()
        signal.signal(signal.SIGINT, lambda *_: ended.set())
        ended.wait()
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; return the exit status.

    :param argv: the arguments; those of the process by default
    """
    arguments = options.parse(argv)
    return commands.run(options.PROGRAM, lambda: _run(arguments))


if __name__ == '__main__':
    sys.exit(main())
