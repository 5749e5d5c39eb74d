# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""``unixnotif contract record``: write a catalogue.

Rule: nothing that was recorded is forgotten with ``--merge``; a run that saw
nothing writes nothing.
"""

import argparse
import os
from typing import ClassVar

from unixnotif import contract
from unixnotif.cli import app
from unixnotif.cli.contract import base
from unixnotif.cli.contract import sources
from unixnotif.contract import catalogues


class Record(base.ContractCommand):
    """Write a catalogue of payloads.

    From notifications that were recorded ("unixnotif record" does that live,
    the test fixtures with UNIXNOTIF_RECORD=DIR), from sample files, or from
    the payload classes of a service; for the last, run it in the service's
    own environment.
    """

    examples: ClassVar[str] = """\
  unixnotif contract record --declared nova.notifications \\
      -o notifications.json --merge
  unixnotif contract record --recording run.jsonl -o notifications.json --merge
  unixnotif contract record --samples doc/notification_samples \\
      -o notifications.json --merge

exit code: 0 it is written; 2 the command line or a file is wrong; 3 there
was nothing to record, and nothing is written"""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """See the base class."""
        sources.add_sources(parser, required=True)
        base.add_unused(parser)
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
            help='keep what the file has already',
        )

    def act(self, parsed_args: argparse.Namespace) -> int:
        """See the base class."""
        # Before a long run, not after it.
        old = contract.Catalogue()
        if parsed_args.merge and os.path.exists(parsed_args.output):
            old = contract.read(parsed_args.output)
        found, complete = sources.collect(parsed_args)
        if found.is_empty:
            app.say('there is nothing to record')
            return base.NOTHING
        if not parsed_args.merge and os.path.exists(parsed_args.output):
            app.say(
                f'{parsed_args.output} is written anew; --merge keeps what '
                'it has'
            )
        merged = catalogues.without_values(
            contract.merge(old, found, complete), parsed_args.unused
        )
        contract.write(parsed_args.output, contract.encode(merged))
        count = len(found.legacy)
        base.put(
            f'{parsed_args.output}: {len(found.payloads)} payloads, '
            f'{len(found.events)} events, '
            f'{len(found.roots)} notification classes'
            + (f', {count} legacy events' if count else '')
            + '\n'
        )
        return 0
