# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Write or compare the manual page."""

import argparse
from collections.abc import Iterator
import os
import pathlib
import sys

from argparse_manpage import manpage

from unixnotif.cli import parsers

PAGE = pathlib.Path(__file__).parents[2] / 'doc/man/unixnotif.1'
# Width of the usage texts.
_COLUMNS = '78'
_EXIT_CODE = 'exit code: '


def text() -> str:
    """Return the page."""
    os.environ['COLUMNS'] = _COLUMNS
    tree = parsers.tree(parsers.manager())
    examples, codes = [], []
    for parser in _leaves(tree):
        shown, _, code = (parser.epilog or '').partition(_EXIT_CODE)
        examples += _block(parser.prog, shown.partition('\n')[2])
        codes += _entry(parser.prog, code)
        # The page has a section for each.
        parser.epilog = None
    page = manpage.Manpage(tree)
    page.date = ''
    page.source = 'unixnotif'
    page.manual = 'User Commands'
    page.description = 'notifications of OpenStack services over Unix sockets'
    page.add_section('EXAMPLES', '=', '\n'.join(examples))
    page.add_section('EXIT STATUS', '=', '\n'.join(codes))
    page.add_section(
        'ENVIRONMENT',
        '=',
        '.TP\n\\fBUNIXNOTIF_URI\\fR\nthe default address',
    )
    return str(page)


def _leaves(
    parser: argparse.ArgumentParser,
) -> Iterator[argparse.ArgumentParser]:
    """Yield the parsers of the commands."""
    groups = [
        action
        for action in parser._actions
        if isinstance(action, argparse._SubParsersAction)
    ]
    if not groups:
        yield parser
    for action in groups:
        for child in action.choices.values():
            yield from _leaves(child)


def _escape(line: str) -> str:
    """Return a line as text of roff (groff_man(7))."""
    line = line.replace('\\', '\\e').replace('-', '\\-')
    return f'\\&{line}' if line.startswith(('.', "'")) else line


def _block(name: str, body: str) -> list[str]:
    lines = [_escape(line) for line in body.strip('\n').splitlines()]
    return [f'.SS {_escape(name)}', '.nf', *lines, '.fi']


def _entry(name: str, body: str) -> list[str]:
    words = ' '.join(body.split())
    return ['.TP', f'\\fB{_escape(name)}\\fR', _escape(words)]


def main() -> int:
    """Write or compare; return the exit code."""
    options = argparse.ArgumentParser(
        prog='python -m tools.manual',
        description='Write the manual page, doc/man/unixnotif.1, from the '
        'options of the command "unixnotif".',
        epilog='exit status: 0 done, 1 the page is out of date',
    )
    options.add_argument(
        '--check',
        action='store_true',
        help='compare the page with the options, and write nothing',
    )
    page = text()
    if not options.parse_args().check:
        PAGE.write_text(page)
        return 0
    if PAGE.read_text() == page:
        return 0
    print(f'{PAGE} is out of date; run: python -m tools.manual')
    return 1


if __name__ == '__main__':
    sys.exit(main())
