# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""All command lines of ``unixnotif`` as one parser.

Rule: completion and the manual page read this tree. A command that runs uses
only its own parser, which is a leaf of the tree.
"""

import argparse
from collections.abc import Callable
from typing import Any

from cliff import commandmanager

#: Descriptions of the groups of commands, by the first word of their names.
GROUPS = {'contract': 'Check payload versions of notifications'}
DESCRIPTION = (
    'Notifications of OpenStack services over Unix sockets, without a '
    'message bus.'
)


def manager() -> commandmanager.CommandManager:
    """Return the commands that are installed."""
    return commandmanager.CommandManager('unixnotif.cli')


def one_line(command: Any) -> str:
    """Return the description of a command in one line."""
    return (command.__doc__ or '').strip().partition('\n')[0].rstrip('.')


def tree(
    commands: commandmanager.CommandManager,
    is_wanted: Callable[[str], bool] = lambda name: True,
) -> argparse.ArgumentParser:
    """Return a parser with a subparser for each command.

    :param is_wanted: return False for the name of a command whose arguments
        are not needed: loading a command takes time
    """
    top = argparse.ArgumentParser(
        'unixnotif', description=DESCRIPTION, add_help=False
    )
    top.add_argument(
        '-h', '--help', action='store_true', help='show the commands'
    )
    top.add_argument('--version', action='store_true', help='show the version')
    children = top.add_subparsers(metavar='COMMAND', title='commands')
    groups: dict[str, Any] = {}
    for name in sorted(commands.commands):
        group, _, last = name.rpartition(' ')
        if group and group not in groups:
            help_text = GROUPS.get(group, '')
            parser = children.add_parser(
                group, help=help_text, description=f'{help_text}.'
            )
            groups[group] = parser.add_subparsers(metavar='COMMAND')
        parent = groups[group] if group else children
        _add(parent, name, last, commands, is_wanted(name))
    return top


def _add(
    parent: Any,
    name: str,
    last: str,
    commands: commandmanager.CommandManager,
    is_wanted: bool,
) -> None:
    if not is_wanted:
        parent.add_parser(last)
        return
    factory: Any = commands.commands[name].load()
    leaf = factory(None, None).get_parser(f'unixnotif {name}')
    parent.add_parser(
        last,
        help=one_line(factory),
        prog=leaf.prog,
        usage=leaf.usage,
        description=leaf.description,
        epilog=leaf.epilog,
        formatter_class=leaf.formatter_class,
        parents=[leaf],
        add_help=False,
    )
