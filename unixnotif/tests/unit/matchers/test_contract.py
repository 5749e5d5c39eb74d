# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Tests of the matchers for the contract."""

import os
from typing import Any
from typing import ClassVar

import fixtures
from oslotest import base as oslotest_base

from unixnotif import contract
from unixnotif import errors
from unixnotif import versioned
from unixnotif.matchers import contract as matchers
from unixnotif.tests.unit.matchers import base

ContractHolds = matchers.ContractHolds
MatchesCatalogue = matchers.MatchesCatalogue

CATALOGUE = contract.observe([base.emitted()])
EVENT = base.emitted().event_type


def without_name(version: str = '1.10') -> Any:
    """A server whose name is not sent."""
    return base.obj(
        'InstancePayload',
        version,
        **{
            key: value
            for key, value in base.server()['nova_object.data'].items()
            if key != 'name'
        },
    )


class MatchesCatalogueTest(base.MatcherInterface, oslotest_base.BaseTestCase):
    matches: ClassVar = [
        (MatchesCatalogue(CATALOGUE), base.emitted()),
        (MatchesCatalogue(CATALOGUE), base.server(name=None)),
        (
            MatchesCatalogue(CATALOGUE),
            versioned.VersionedPayload.from_primitive(base.server()),
        ),
    ]
    mismatches: ClassVar = [
        (
            MatchesCatalogue(CATALOGUE),
            base.emitted(base.server(uuid=1, extra='x')),
            f'{EVENT} differs from the catalogue:\n'
            '  nova:InstancePayload 1.10: extra (string) is not in the '
            'catalogue\n'
            '  nova:InstancePayload 1.10: uuid is integer, but the catalogue '
            'has string',
        ),
        (
            MatchesCatalogue(CATALOGUE),
            without_name(),
            'the payload differs from the catalogue:\n'
            '  nova:InstancePayload 1.10: name (string) is absent',
        ),
        (
            MatchesCatalogue(CATALOGUE),
            base.emitted({'legacy': 1}),
            'the payload is not versioned',
        ),
    ]
    written: ClassVar = [
        (MatchesCatalogue(CATALOGUE), 'MatchesCatalogue(the catalogue)'),
    ]


class ContractHoldsTest(base.MatcherInterface, oslotest_base.BaseTestCase):
    matches: ClassVar = [
        (ContractHolds(CATALOGUE), [base.emitted()]),
        (
            ContractHolds(CATALOGUE),
            [
                base.emitted({'legacy': 1}),
                base.emitted(base.server(name=None)),
            ],
        ),
        (
            ContractHolds(CATALOGUE),
            [
                base.emitted(
                    base.obj(
                        'InstancePayload',
                        '1.11',
                        extra='x',
                        **base.server()['nova_object.data'],
                    )
                )
            ],
        ),
        (ContractHolds(CATALOGUE), [base.emitted(without_name('2.0'))]),
    ]
    mismatches: ClassVar = [
        (
            ContractHolds(CATALOGUE),
            [base.emitted(without_name('1.11'))],
            'the contract of the catalogue does not hold:\n'
            '  nova:InstancePayload\n'
            '    error C201 field-removed-in-minor 1.10 -> 1.11\n'
            '      name (string) was removed in a minor version\n'
            '      fix: restore the field, or raise VERSION of '
            'InstancePayload to 2.0\n'
            '      explain: unixnotif contract explain C201\n'
            '  3 payloads compared: 1 error',
        ),
        (
            ContractHolds(CATALOGUE),
            [base.emitted({'legacy': 1})],
            'no notification is versioned',
        ),
    ]
    written: ClassVar = [
        (ContractHolds(CATALOGUE), 'ContractHolds(the catalogue)'),
    ]


class CatalogueFileTest(oslotest_base.BaseTestCase):
    """A catalogue in a file."""

    def test_path(self) -> None:
        """The matcher reads the file, and shows its name."""
        path = os.path.join(self.useFixture(fixtures.TempDir()).path, 'c.json')
        contract.write(path, contract.encode(CATALOGUE))
        for make in (MatchesCatalogue, ContractHolds):
            self.assertEqual(f'{make.__name__}(c.json)', str(make(path)))
        self.assertIsNone(MatchesCatalogue(path).match(base.emitted()))

    def test_no_file(self) -> None:
        """A missing file is an error, not a mismatch."""
        for make in (MatchesCatalogue, ContractHolds):
            self.assertRaises(errors.CatalogueError, make, '/none.json')
