# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Command line: ``python -m tools.compat [--revision COMMIT]``.

Rule: each pair of versions and each kind of address is one line of output.
"""

import argparse
import itertools
from pathlib import Path
import sys
import tempfile

from tools import commands
from tools.compat import versions

PROGRAM = 'python -m tools.compat'
#: The last commit before publisher and consumer were rebuilt.
FIRST = '9e50de4'

_RECORDED = '[0, 1, 2, {"buffer_full": 7}]'

_DESCRIPTION = """\
Check that an older version of the library and this one understand each other:
documents of all sizes, lost records, groups, and recordings. Installs both
into virtual environments of their own, which takes about a minute.
"""
_EPILOG = """\
examples:
  python -m tools.compat
  python -m tools.compat --revision HEAD~20

exit status: 0 all is well, 1 a check failed, 2 wrong usage or failed install
"""


def parser() -> argparse.ArgumentParser:
    """Return the options and their help."""
    options = commands.parser(PROGRAM, _DESCRIPTION, _EPILOG)
    options.add_argument(
        '--revision',
        metavar='COMMIT',
        default=FIRST,
        help='the older version (default: %(default)s)',
    )
    return options


def check_ends(
    publisher: versions.Version,
    consumer: versions.Version,
    uri: str,
    group: str = '',
) -> str:
    """Return what went wrong between two ends, or nothing."""
    large = 'large' if uri.startswith('unix+dir') else 'small'
    emitter = publisher.start('emit', uri, large)
    receiver = consumer.start('consume', uri, group)
    try:
        emitted = emitter.go_on()['emitted']
        seen = receiver.go_on()
        if seen['numbers'] != list(range(emitted)):
            return f'received {seen["numbers"]} of {emitted}'
        emitted = emitter.go_on()['emitted']
        receiver.go_on()
        emitter.go_on()
        seen = receiver.go_on()
    finally:
        emitter.end()
        receiver.end()
    numbers = seen['numbers']
    if numbers != sorted(set(numbers)):
        return 'out of order, or twice'
    if len(numbers) + seen['lost'] != emitted or seen['rejected']:
        return (
            f'emitted {emitted}, received {len(numbers)}, lost '
            f'{seen["lost"]}, rejected {seen["rejected"]}'
        )
    return '' if seen['lost'] else 'nothing was dropped: the check is void'


def check_recording(
    writer: versions.Version, reader: versions.Version, top: Path
) -> str:
    """Return what went wrong when one version reads the other's recording."""
    file = top / f'{writer.name}-{reader.name}.jsonl'
    writer.run('write', str(file))
    found = reader.run('read', str(file))
    return '' if found.strip() == _RECORDED else f'read {found!r}'


def _check(revision: str) -> int:
    failed = 0
    with tempfile.TemporaryDirectory() as directory:
        top = Path(directory)
        tree = versions.check_out(revision, top / 'tree')
        old = versions.install('old', tree, top / 'old')
        new = versions.install('new', versions.ROOT, top / 'new')
        number = 0
        for publisher, consumer in itertools.product((old, new), repeat=2):
            for kind in ('unix+dir', 'unix+dir group', 'unix'):
                number += 1
                scheme, _, group = kind.partition(' ')
                found = check_ends(
                    publisher, consumer, f'{scheme}://{top}/{number}', group
                )
                failed += bool(found)
                print(
                    f'{publisher.name} publisher, {consumer.name} consumer, '
                    f'{kind}: {found or "ok"}'
                )
            file = f'{publisher.name} recording, {consumer.name} reader'
            found = check_recording(publisher, consumer, top)
            failed += bool(found)
            print(f'{file}: {found or "ok"}')
    return 1 if failed else 0


def main() -> int:
    """Run all checks; return the exit status."""
    arguments = parser().parse_args()
    return commands.run(PROGRAM, lambda: _check(arguments.revision))


if __name__ == '__main__':
    sys.exit(main())
