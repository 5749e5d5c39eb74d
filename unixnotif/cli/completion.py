# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""``unixnotif completion``: completion of command lines in shells.

Rule: the shell starts the command, and argcomplete answers it from the
parsers; only the commands on the line are loaded. Completion reads
directories, and opens nothing.
"""

import argparse
from collections.abc import Callable
from collections.abc import Iterator
import itertools
import os
import pwd
import shlex
import stat
from typing import Any
from typing import ClassVar
from typing import Final
import urllib.parse

import argcomplete
from argcomplete import completers
from argcomplete import shell_integration

from unixnotif import address
from unixnotif import errors
from unixnotif import filter as filters
from unixnotif.cli import app
from unixnotif.cli import output
from unixnotif.cli import parsers
from unixnotif.cli import standard_output
from unixnotif.contract import rules

SHELLS: Final = ('bash', 'zsh', 'fish')
_SCHEMES: Final = (f'{address.RENDEZVOUS}://', f'{address.LISTENING}://')
#: Environment variable in which argcomplete passes bash's COMP_WORDBREAKS.
_BREAKS: Final = '_ARGCOMPLETE_COMP_WORDBREAKS'
#: Maximum number of names, of a directory or of users, to examine.
_MOST: Final = 5000


class Completion(app.Command):
    """Print the script that completes command lines in a shell."""

    examples: ClassVar[str] = """\
  source <(unixnotif completion bash)
  unixnotif completion bash > /etc/bash_completion.d/unixnotif
  unixnotif completion zsh > ~/.zfunc/_unixnotif
  unixnotif completion fish > ~/.config/fish/completions/unixnotif.fish

exit code: 0 on success; 1 if the script cannot be written; 2 if the command
line is wrong"""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """See the base class."""
        parser.add_argument('shell', choices=SHELLS, help='name of the shell')

    def take_action(self, parsed_args: argparse.Namespace) -> int:
        """See the base class."""
        # Without the defaults of the shell, which do not know URIs.
        script = shell_integration.shellcode(
            ['unixnotif'], use_defaults=False, shell=parsed_args.shell
        )
        output.write_line(standard_output.require(), script)
        return 0


def complete() -> None:
    """Print completions for a shell, and end the process.

    Return without output if no shell asks for completions.
    """
    line = _words(os.environ.get('COMP_LINE', ''))
    if line and line[-1].startswith('@') and _BREAKS in os.environ:
        # bash breaks a word at "@", but not at the start of the word.
        os.environ[_BREAKS] = os.environ[_BREAKS].replace('@', '')
    words = frozenset(line)
    commands = parsers.manager()
    named = {
        name for name in commands.commands if words.issuperset(name.split())
    }
    # To complete the name of a command, a shell needs the descriptions of all
    # commands.
    parser = parsers.tree(
        commands, named.__contains__ if named else lambda _: True
    )
    _attach(parser)
    argcomplete.autocomplete(
        parser, always_complete_options=False, default_completer=_NOTHING
    )


def _words(line: str) -> list[str]:
    try:
        return shlex.split(line)
    except ValueError:
        # A quotation mark is still open.
        return line.split()


def _attach(parser: argparse.ArgumentParser) -> None:
    """Give every argument its completer, by the metavar of the argument."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for child in action.choices.values():
                _attach(child)
        elif action.choices is None:
            word = action.metavar or action.dest.upper()
            found = _COMPLETERS.get(word) if isinstance(word, str) else None
            action.completer = found or _NOTHING  # type: ignore[attr-defined]


def complete_uri(prefix: str, **_: Any) -> Iterator[str]:
    """Yield the URIs that begin with a prefix.

    :param prefix: text before the cursor
    """
    scheme, separator, path = prefix.partition('://')
    if not separator:
        yield from (each for each in _SCHEMES if each.startswith(prefix))
        return
    if f'{scheme}://' not in _SCHEMES:
        return
    is_directory = scheme == address.RENDEZVOUS
    path = os.fsdecode(urllib.parse.unquote_to_bytes(path or '/'))
    parent, name = os.path.split(path)
    for entry in _entries(parent or '/'):
        if not entry.name.startswith(name):
            continue
        try:
            mode = os.stat(entry.path).st_mode
            uri = str(address.Address(entry.path, is_directory))
        except (OSError, errors.AddressError):
            continue
        if stat.S_ISDIR(mode):
            yield f'{uri}/'
        elif stat.S_ISSOCK(mode) and not is_directory:
            yield uri


def _entries(path: str) -> 'Iterator[os.DirEntry[str]]':
    try:
        with os.scandir(path) as entries:
            yield from itertools.islice(entries, _MOST)
    except OSError:
        return


def complete_file(prefix: str, **_: Any) -> Iterator[str]:
    """Yield the files that begin with a prefix."""
    parent, name = os.path.split(prefix)
    for entry in _entries(parent or '.'):
        # As shells do, hidden files only on request.
        if entry.name.startswith(name or '.') is bool(name):
            path = os.path.join(parent, entry.name)
            yield f'{path}/' if entry.is_dir() else path


def complete_source(prefix: str, **_: Any) -> Iterator[str]:
    """Yield the URIs and the files that begin with a prefix."""
    yield from complete_uri(prefix)
    yield from complete_file(prefix)


def complete_payload(prefix: str, **_: Any) -> Iterator[str]:
    """Yield ``@FILE`` for the files that begin with a prefix."""
    if prefix.startswith('@'):
        for name in complete_file(prefix[1:]):
            yield f'@{name}'


def complete_pid(prefix: str, **_: Any) -> Iterator[str]:
    """Yield process ids."""
    for entry in _entries('/proc'):
        if entry.name.isdecimal() and entry.name.startswith(prefix):
            yield entry.name


def complete_user(prefix: str, **_: Any) -> Iterator[str]:
    """Yield names of users."""
    for entry in itertools.islice(pwd.getpwall(), _MOST):
        if entry.pw_name.startswith(prefix):
            yield entry.pw_name


def complete_rule(prefix: str, **_: Any) -> Iterator[str]:
    """Yield the rules of the contract."""
    yield from (each.id for each in rules.ALL if each.id.startswith(prefix))


def complete_priority(prefix: str, **_: Any) -> Iterator[str]:
    """Yield the priorities of notifications."""
    yield from (each for each in filters.PRIORITIES if each.startswith(prefix))


# No completion, as for a number. SuppressCompleter would hide the option.
_NOTHING: Final = completers.ChoicesCompleter({})
_COMPLETERS: Final[dict[str, Callable[..., Iterator[str]]]] = {
    'URI': complete_uri,
    'URI|FILE': complete_source,
    'FILE': complete_file,
    'PATH': complete_file,
    'DIR': complete_file,
    'OUTPUT': complete_file,
    'PAGE': complete_file,
    'ALLOW': complete_file,
    'CATALOGUE': complete_file,
    'BASELINE': complete_file,
    'PAYLOAD|@FILE|-': complete_payload,
    'PID': complete_pid,
    'USER': complete_user,
    'P': complete_priority,
    'PRIORITY': complete_priority,
    'ID': complete_rule,
    'RULE': complete_rule,
}
