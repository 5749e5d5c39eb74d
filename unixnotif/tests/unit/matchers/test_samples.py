# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Tests of the matcher for samples."""

import json
import os
from typing import Any
from typing import ClassVar

import fixtures
from oslotest import base as oslotest_base
from testtools import matchers

from unixnotif import errors
from unixnotif.matchers import comparison
from unixnotif.matchers import payloads
from unixnotif.matchers import samples
from unixnotif.tests.unit.matchers import base

ANY, MatchesSample = comparison.ANY, samples.MatchesSample
SAMPLE: dict[str, Any] = {
    'event_type': 'instance.create.end',
    'payload': base.server(),
    'priority': 'INFO',
    'publisher_id': 'nova-compute:host1',
}
LEGACY: dict[str, Any] = {'payload': {'at': '2026', 'hosts': ['a', 'b']}}
TITLE = 'instance.create.end differs from the sample:\n'


class MatchesSampleTest(base.MatcherInterface, oslotest_base.BaseTestCase):
    matches: ClassVar = [
        (MatchesSample(SAMPLE), base.emitted()),
        (
            MatchesSample(SAMPLE),
            base.emitted(message_id='x', context={'a': 1}),
        ),
        (
            MatchesSample({**SAMPLE, 'priority': 'WARNING'}),
            base.emitted(priority='WARN'),
        ),
        (
            MatchesSample(SAMPLE, {'uuid': 'u-2', 'flavor.vcpus': 4}),
            base.emitted(
                base.server(
                    uuid='u-2',
                    flavor=base.obj('FlavorPayload', '1.4', vcpus=4),
                )
            ),
        ),
        (
            MatchesSample(SAMPLE, {'uuid': ANY}, ['flavor']),
            base.emitted(
                base.server(
                    uuid='u-2',
                    flavor=base.obj('FlavorPayload', '1.4', vcpus=4),
                )
            ),
        ),
        (
            MatchesSample(SAMPLE, {'uuid': matchers.StartsWith('u-')}),
            base.emitted(base.server(uuid='u-3')),
        ),
        (
            MatchesSample(
                SAMPLE, {'ip_addresses[0].address': ANY, 'name': None}
            ),
            base.emitted(
                base.server(
                    name=None,
                    ip_addresses=[base.obj('IpPayload', '1.0', address='::1')],
                )
            ),
        ),
        (
            MatchesSample({**SAMPLE, 'publisher_id': ANY}),
            base.emitted(publisher_id='x'),
        ),
        (
            MatchesSample(LEGACY, ignore=['at', 'hosts']),
            base.emitted({'at': '2027', 'hosts': ['c']}),
        ),
    ]
    mismatches: ClassVar = [
        (
            MatchesSample(SAMPLE),
            base.emitted(priority='WARN', publisher_id='nova-api:host1'),
            f"{TITLE}  priority: expected 'INFO', got 'WARN'\n"
            "  publisher_id: expected 'nova-compute:host1', "
            "got 'nova-api:host1'",
        ),
        (
            MatchesSample(SAMPLE, {'uuid': ANY}),
            base.emitted(base.server(uuid=7, host='compute1')),
            f"{TITLE}  payload.host: not expected, got 'compute1'\n"
            '  payload.uuid: expected a string, got a number',
        ),
        (
            MatchesSample(SAMPLE, ignore=['flavor']),
            base.emitted(
                base.server(flavor=base.obj('FlavorPayload', '1.5', cores=2))
            ),
            f'{TITLE}  payload.flavor: expected nova:FlavorPayload 1.4, '
            'got nova:FlavorPayload 1.5\n'
            '  payload.flavor.vcpus: expected 2, got nothing\n'
            '  payload.flavor.cores: not expected, got 2',
        ),
        (
            MatchesSample(SAMPLE, {'flavor': payloads.HasPayload(vcpus=4)}),
            base.emitted(),
            f'{TITLE}  payload.flavor: nova:FlavorPayload 1.4 differs:\n'
            '    vcpus: expected 4, got 2',
        ),
        (
            MatchesSample(LEGACY, ignore=['hosts']),
            base.emitted({'at': '2026', 'hosts': ['c', 1]}),
            f'{TITLE}  payload.hosts[1]: expected a string, got a number',
        ),
        (
            MatchesSample({**SAMPLE, 'comment': 'x'}),
            base.emitted(),
            f"{TITLE}  comment: expected 'x', got None",
        ),
    ]
    written: ClassVar = [(MatchesSample(SAMPLE), 'MatchesSample(the sample)')]
    refused: ClassVar = [
        *(
            (
                lambda path=path: MatchesSample(SAMPLE, {path: 1}),
                KeyError,
                f'{path}: {lack}',
            )
            for path, lack in (
                ('uid', "the payload of the sample has no field 'uid'"),
                ('uuid[0]', 'uuid of the sample has no item 0'),
                ('flavor[0]', 'flavor of the sample has no item 0'),
                ('flavor.ram', "flavor of the sample has no field 'ram'"),
                (
                    'ip_addresses[0].x',
                    "ip_addresses[0] of the sample has no field 'x'",
                ),
                (
                    'ip_addresses[1]',
                    'ip_addresses of the sample has no item 1',
                ),
                (
                    'ip_addresses.address',
                    "ip_addresses of the sample has no field 'address'",
                ),
            )
        ),
        (
            lambda: MatchesSample({'event_type': 'x'}),
            errors.DocumentError,
            'the sample is not an object with a payload',
        ),
    ]

    def test_given_sample_stays(self) -> None:
        """A dict that is passed is not changed."""
        before = json.dumps(SAMPLE)
        MatchesSample(SAMPLE, {'flavor.vcpus': 9}, ['uuid'])
        self.assertEqual(before, json.dumps(SAMPLE))

    def test_file(self) -> None:
        """str() shows the file name; references in the file are resolved."""
        folder = self.useFixture(fixtures.TempDir()).path
        path = os.path.join(folder, 'instance-create.json')
        with open(os.path.join(folder, 'Server.json'), 'w') as file:
            json.dump(base.server(), file)
        with open(path, 'w') as file:
            over = {'nova_object.data': {'uuid': 'u-2'}}
            json.dump({'payload': {'$ref': 'Server.json#', **over}}, file)
        matcher = MatchesSample(path, {'name': 'db'})
        self.assertEqual('MatchesSample(instance-create.json)', str(matcher))
        actual = base.emitted(base.server(uuid='u-2', name='db'))
        self.assertIsNone(matcher.match(actual))
        mismatch = matcher.match(base.emitted())
        assert mismatch is not None
        self.assertEqual(
            'instance.create.end differs from instance-create.json:\n'
            "  payload.name: expected 'db', got 'web'\n"
            "  payload.uuid: expected 'u-2', got 'u-1'",
            mismatch.describe(),
        )

    def test_not_a_sample(self) -> None:
        """A file that is no sample is named."""
        folder = self.useFixture(fixtures.TempDir()).path
        path = os.path.join(folder, 'list.json')
        with open(path, 'w') as file:
            file.write('[]')
        error = self.assertRaises(errors.DocumentError, MatchesSample, path)
        self.assertEqual(
            'list.json is not an object with a payload', str(error)
        )
