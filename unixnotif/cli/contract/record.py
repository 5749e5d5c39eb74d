# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""``unixnotif contract record``: write a catalogue.

Rule: ``--merge`` keeps every recorded version of a payload. A source without
payloads changes no file.
"""

import argparse
import os
from typing import ClassVar

from unixnotif import contract
from unixnotif import errors
from unixnotif import grammar
from unixnotif.cli import app
from unixnotif.cli.contract import base
from unixnotif.cli.contract import options
from unixnotif.cli.contract import sources
from unixnotif.contract import catalogues


class Record(base.ContractCommand):
    """Write a catalogue of payloads.

    The source is one of: recorded notifications (of "unixnotif record", or of
    the test fixtures with UNIXNOTIF_RECORD=DIR), sample files, or the payload
    classes of a service. For payload classes, run the command in the
    environment of the service.
    """

    examples: ClassVar[str] = """\
  unixnotif contract record --declared nova.notifications \\
      -o notifications.json --merge
  unixnotif contract record --recording run.jsonl -o notifications.json --merge
  unixnotif contract record --samples doc/notification_samples \\
      -o notifications.json --merge

exit code: 0 the catalogue was written; 2 the command line or a file is
wrong; 3 there was nothing to record, or the command was stopped, and the file
did not change"""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """See the base class."""
        sources.add_sources(parser, required=True)
        options.add_unused(parser)
        parser.add_argument(
            '-o',
            '--output',
            metavar='CATALOGUE',
            required=True,
            help='the file to write',
        )
        parser.add_argument(
            '--merge',
            action='store_true',
            help='keep the entries of the file that the source does not have. '
            'One exception: --declared removes notification classes that no '
            'longer exist',
        )

    def act(self, parsed_args: argparse.Namespace) -> int:
        """See the base class."""
        # Read the file before a long run, so that an error ends it at once.
        old = contract.Catalogue()
        if parsed_args.merge and os.path.exists(parsed_args.output):
            old = contract.read(parsed_args.output)
        source = sources.collect(parsed_args)
        found = source.catalogue
        for problem in source.problems:
            app.say(problem)
        if source.problems:
            app.say(
                'because of the problems above, the catalogue may lack '
                'payload classes; no recorded class is marked as gone'
            )
        if found.is_empty:
            app.say('nothing to record: the source has no payload')
            return base.NOTHING
        if not parsed_args.merge and os.path.exists(parsed_args.output):
            _refuse_released(parsed_args.output)
            app.say(
                f'replacing {parsed_args.output}; to keep its content, use '
                '--merge'
            )
        merged = catalogues.without_values(
            source.merge_into(old), parsed_args.unused
        )
        contract.write(parsed_args.output, contract.encode(merged))
        counts = [
            grammar.plural(len(found.payloads), 'payload'),
            grammar.plural(len(found.events), 'event'),
            grammar.plural(
                len(found.roots), 'notification class', 'notification classes'
            ),
        ]
        if found.legacy:
            counts.append(grammar.plural(len(found.legacy), 'legacy event'))
        base.put(f'{parsed_args.output}: {", ".join(counts)}\n')
        return 0


def _refuse_released(path: str) -> None:
    """Refuse to replace a catalogue with released versions.

    :raises CatalogueError: the file has released versions
    """
    try:
        old = contract.read(path)
    except errors.CatalogueError:
        return  # not a catalogue, or one that nobody can read
    released = list(catalogues.released(old))
    if released:
        count = grammar.plural(len(released), 'released version')
        raise errors.CatalogueError(
            f'{path} has {count}, for example {" ".join(released[0])}; to '
            'keep them, use --merge; to start again, remove the file first'
        )
