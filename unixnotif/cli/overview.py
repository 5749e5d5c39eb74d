# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The lists of commands: of ``unixnotif``, and of a group such as contract.

Rule: the lists come from the commands that are installed.
"""

from collections.abc import Sequence

from cliff import commandmanager

from unixnotif.cli import parsers

_HELP = frozenset({'-h', '--help'})


def requested(argv: Sequence[str]) -> str | None:
    """Return the group whose list is wanted, '' for all commands, or None."""
    words = list(argv)
    if words[:1] == ['help']:
        words = words[1:]
    if not words or _HELP.issuperset(words):
        return ''
    if words[0] in parsers.GROUPS and _HELP.issuperset(words[1:]):
        return words[0]
    return None


def commands(manager: commandmanager.CommandManager) -> str:
    """Return all commands, each with its description in one line."""
    rows = dict(parsers.GROUPS)
    for name, entry in manager.commands.items():
        if name.partition(' ')[0] not in parsers.GROUPS:
            rows[name] = parsers.one_line(entry.load())
    return _list(rows, 'unixnotif')


def group(manager: commandmanager.CommandManager, name: str) -> str:
    """Return the subcommands of a group."""
    rows = {
        each.removeprefix(f'{name} '): parsers.one_line(entry.load())
        for each, entry in manager.commands.items()
        if each.startswith(f'{name} ')
    }
    return (
        f'usage: unixnotif {name} COMMAND ...\n\n{parsers.GROUPS[name]}.\n\n'
        + _list(rows, f'unixnotif {name}')
    )


def _list(rows: dict[str, str], command: str) -> str:
    width = max(map(len, rows), default=0)
    lines = [f'  {name:<{width}}  {rows[name]}' for name in sorted(rows)]
    return '\n'.join(
        [
            'commands:',
            *lines,
            '',
            f'Help of a command: {command} COMMAND --help',
            '',
        ]
    )
