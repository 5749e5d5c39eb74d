# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""CPU time to read and check a large catalogue.

Rule: the target is for reading both catalogues and checking them. Every
payload has a new version, which the check compares with all recorded
versions. Every legacy event has a field of a new type.
"""

import dataclasses
import pathlib
import statistics
import tempfile
import time

from bench import tables
from unixnotif import contract
from unixnotif.contract import catalogues

PAYLOADS = 1000
VERSIONS = 50
FULL = 5
QUICK = 1

_TYPES = ('string', 'integer?', 'boolean', 'list<string>', 'map<string?>?')


def run(rounds: int) -> tables.Rows:
    """Measure; one row."""
    with tempfile.TemporaryDirectory() as work:
        before, now = pathlib.Path(work, 'before'), pathlib.Path(work, 'now')
        before.write_bytes(contract.encode(_catalogue(VERSIONS - 1)))
        now.write_bytes(contract.encode(_catalogue(VERSIONS)))
        reading, checking = [], []
        for _ in range(rounds):
            begin = time.process_time()
            baseline = contract.read_baseline(str(before))
            catalogue = contract.read(str(now))
            middle = time.process_time()
            report = contract.check(catalogue, baseline)
            checking.append(time.process_time() - middle)
            reading.append(middle - begin)
            # The next round would not parse versions that still exist.
            del baseline, catalogue
        megabytes = now.stat().st_size / 1e6
    if (report.payloads, report.legacy, len(report.findings)) != (
        PAYLOADS,
        PAYLOADS,
        2 * PAYLOADS,
    ):
        raise AssertionError(
            'the check has other counts or findings than expected'
        )
    return [
        {
            'payloads': PAYLOADS,
            'versions': VERSIONS,
            'legacy': PAYLOADS,
            'file_MB': megabytes,
            'read_s': statistics.median(reading),
            'check_s': statistics.median(checking),
            'total_s': statistics.median(
                map(sum, zip(reading, checking, strict=True))
            ),
        }
    ]


def _catalogue(versions: int) -> contract.Catalogue:
    """Return payloads that gain a field in every second version.

    The last version removes a field, which is an error for each payload.
    """
    history = {}
    for number in range(versions):
        fields = {
            f'field_{i:02}': _TYPES[i % len(_TYPES)]
            for i in range(10 + number // 2)
        }
        if number == VERSIONS - 1:
            del fields['field_03']
        history[f'1.{number}'] = catalogues.Schema(
            catalogues.RELEASED, declared=fields
        )
    return contract.Catalogue(
        payloads={
            f'x:Payload{i:04}': catalogues.Payload(
                'x_object', f'1.{versions - 1}', _of_its_own(history, i)
            )
            for i in range(PAYLOADS)
        },
        legacy={
            f'event.{i:04}': _legacy(versions == VERSIONS)
            for i in range(PAYLOADS)
        },
    )


def _of_its_own(
    history: dict[str, catalogues.Schema], number: int
) -> dict[str, catalogues.Schema]:
    """Return the history, with a field that no other payload has."""
    return {
        version: dataclasses.replace(
            schema,
            declared={**schema.fields, f'own_{number:04}': 'string'},
        )
        for version, schema in history.items()
    }


def _legacy(changed: bool) -> catalogues.Fields:
    """Return the fields of a legacy payload; a change retypes one field."""
    fields = {f'part.field_{i:02}': 'string?' for i in range(40)}
    retyped = 'integer' if changed else 'string'
    return {'part': 'object', **fields, 'part.field_07': retyped}
