# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Running the commands on catalogues in a directory."""

import os

import fixtures

from unixnotif import cli
from unixnotif import contract
from unixnotif.tests.unit.cli import base
from unixnotif.tests.unit.contract import base as catalogues
from unixnotif.tests.unit.contract.base import declared

BEFORE = catalogues.payload(declared('1.0', a='string', b='string'))
BROKEN = catalogues.payload(declared('1.0', a='string'))
FIXED = contract.merge(BEFORE, catalogues.payload(declared('2.0', a='string')))


def nested(part: str) -> contract.Catalogue:
    """Return a payload with a nested payload of the given version."""
    fields = {'a': 'string', **dict.fromkeys(part.partition('.')[2], 'any')}
    return catalogues.payloads(
        {
            'x:Thing': (declared('1.0', p='payload<x:Part>'),),
            'x:Part': (declared(part, **fields),),
        }
    )


class TestCase(base.TestCase):
    """A test in a directory with ``before``, ``broken`` and ``fixed``."""

    def setUp(self) -> None:
        super().setUp()
        self.work = self.useFixture(fixtures.TempDir()).path
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(self.work)
        self.before = self.save('before', BEFORE)
        self.broken = self.save('broken', BROKEN)
        self.fixed = self.save('fixed', FIXED)

    def save(self, name: str, catalogue: contract.Catalogue) -> str:
        """Write a catalogue and return its path."""
        contract.write(f'{name}.json', contract.encode(catalogue))
        return f'{name}.json'

    def write(self, name: str, text: str) -> str:
        """Write a file and return its path."""
        contract.write(name, text.encode())
        return name

    def check_command(
        self, code: int, *argv: str, out: str = '', err: str = ''
    ) -> str:
        """Run a command, assert its result, and return its output."""
        self.out, self.err = self.replace('stdout'), self.replace('stderr')
        found = self.code(lambda: cli.main(['contract', *argv]))
        printed, reported = self.text(self.out), self.text(self.err)
        self.assertNotIn('Traceback', reported)
        self.assertEqual(code, found, f'{printed}\n{reported}')
        self.assertIn(out, printed)
        self.assertIn(err, reported)
        return printed
