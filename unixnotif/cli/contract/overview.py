#    Licensed under the Apache License, Version 2.0 (the "License"); you may
#    not use this file except in compliance with the License. You may obtain
#    a copy of the License at
#
#         http://www.apache.org/licenses/LICENSE-2.0
#
#    Unless required by applicable law or agreed to in writing, software
#    distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
#    WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
#    License for the specific language governing permissions and limitations
#    under the License.

"""``unixnotif contract`` alone: list its subcommands.

Rule: the list comes from the commands that are installed.
"""

from collections.abc import Sequence

from cliff import commandmanager

_GROUP = 'contract'
_HELP = frozenset({'-h', '--help'})


def asked(argv: Sequence[str]) -> bool:
    """Return True if the arguments name the group and no subcommand."""
    words = list(argv)
    rest = words[1:] if words[:1] == ['help'] else words
    return rest[:1] == [_GROUP] and _HELP.issuperset(rest[1:])


def text(manager: commandmanager.CommandManager) -> str:
    """Return the subcommands, each with the first line of its help."""
    found = {
        name: entry.load()
        for name, entry in sorted(manager.commands.items())
        if name.startswith(f'{_GROUP} ')
    }
    width = max(map(len, found), default=0)
    lines = [
        f'  {name:<{width}}  {(command.__doc__ or "").splitlines()[0]}'
        for name, command in found.items()
    ]
    return '\n'.join(
        [
            'usage: unixnotif contract COMMAND ...',
            '',
            'Check payload versions of notifications.',
            '',
            *lines,
            '',
            'Help of a subcommand: unixnotif contract COMMAND --help',
            '',
        ]
    )
