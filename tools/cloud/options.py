# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Command line of the tool."""

import argparse
from collections.abc import Sequence

from tools import commands
from tools import workdirs

PROGRAM = 'python -m tools.cloud'
_DESCRIPTION = """\
Run a cloud on this host, with a process for each service: keystone, placement,
glance and nova (API, scheduler, two conductors and a compute service with fake
virtual machines), with MariaDB and RabbitMQ. All packages come from package
registries. The services emit notifications through unixnotif; the functions of
the DevStack plugin configure the services.
"""
_EPILOG = """\
commands:
  up      start a cloud, and keep it until Ctrl-C; with --keep, until "down"
  test    run unixnotif/tests/devstack, which boots, reboots and deletes a
          server, and checks the notifications
  burst   boot 30 servers at once; meanwhile kill the recorder and one worker
          of nova-api, and restart the recorder
  all     run every scenario, one after another, on a new cloud
  down    stop the cloud that "--keep" left running

"test" and "burst" use the cloud that is running, or start one and stop it.

examples:
  tox -e cloud -- test                  the life of a server
  tox -e cloud -- up --keep             a cloud to try things on
  tox -e cloud -- test                  on the cloud that is running now
  tox -e cloud -- down                  stop it
  tox -e cloud -- all --eventlet        everything, with nova under eventlet

exit status: 0 the last table has "exact" for every scenario, 1 the table has
"WRONG" for a scenario, or "down" kills a process that does not end, 2 wrong
usage, the cloud cannot be installed or started, or a scenario cannot continue
"""
COMMANDS = ('up', 'test', 'burst', 'all', 'down')


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    options = commands.parser(PROGRAM, _DESCRIPTION, _EPILOG)
    add = options.add_argument
    add('command', choices=COMMANDS, metavar='COMMAND')
    add(
        '--eventlet',
        action='store_true',
        help='run nova under eventlet (default: native threads)',
    )
    add(
        '--keep',
        action='store_true',
        help='leave the cloud running at the end',
    )
    workdirs.add_options(
        options,
        'cloud',
        'directory of the installation, the cloud and its logs; later runs '
        'reuse the installation',
    )
    return options


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line; end the process for a wrong one.

    :param argv: the arguments; those of the process by default
    """
    options = parser()
    arguments = options.parse_args(argv)
    commands.need_linux(options)
    if arguments.command == 'down':
        for name in ('keep', 'eventlet', 'recreate'):
            if getattr(arguments, name):
                options.error(f'--{name} has no meaning for "down"')
    return arguments
