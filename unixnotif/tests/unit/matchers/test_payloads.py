# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Tests of the matchers for payloads."""

from typing import ClassVar

from oslotest import base as oslotest_base
from testtools import matchers

from unixnotif import versioned
from unixnotif.matchers import payloads
from unixnotif.matchers import versions
from unixnotif.tests.unit.matchers import base

HasFields, HasPayload = payloads.HasFields, payloads.HasPayload
IsLegacy, IsVersioned = payloads.IsLegacy, payloads.IsVersioned

SERVER = base.emitted()
LEGACY = base.emitted({'name': 'web', 'host': {'cpus': [1, 2]}})
NOT_VERSIONED = (
    'the legacy payload differs:\n'
    '  the payload is not versioned, so it has no {} '
    '(to match a field called {}, pass the field as a keyword argument)'
)


class IsVersionedTest(base.MatcherInterface, oslotest_base.BaseTestCase):
    matches: ClassVar = [
        (IsVersioned(), SERVER),
        (IsVersioned('nova_object'), SERVER),
        (IsVersioned('nova_object'), SERVER.payload),
        (IsVersioned('nova_object'), SERVER.versioned),
    ]
    mismatches: ClassVar = [
        (IsVersioned(), LEGACY, 'the payload is not versioned'),
        (IsVersioned(), None, 'the payload is not versioned'),
        (
            IsVersioned('ironic_object'),
            SERVER,
            'nova:InstancePayload 1.10: expected the prefix ironic_object, '
            'got nova_object',
        ),
    ]
    written: ClassVar = [
        (IsVersioned(), 'IsVersioned()'),
        (IsVersioned('nova_object'), "IsVersioned('nova_object')"),
    ]


class IsLegacyTest(base.MatcherInterface, oslotest_base.BaseTestCase):
    matches: ClassVar = [
        (IsLegacy(), LEGACY),
        (IsLegacy(), LEGACY.payload),
        (IsLegacy(), 'text'),
    ]
    mismatches: ClassVar = [
        (
            IsLegacy(),
            SERVER,
            'the payload is versioned: nova:InstancePayload 1.10',
        ),
    ]
    written: ClassVar = [(IsLegacy(), 'IsLegacy()')]


class HasFieldsTest(base.MatcherInterface, oslotest_base.BaseTestCase):
    matches: ClassVar = [
        (HasFields({}), SERVER),
        (HasFields({'name': 'web'}), SERVER),
        (HasFields({'flavor.vcpus': 2}, name='web'), SERVER),
        (HasFields({'name': 'web', 'host.cpus[1]': 2}), LEGACY),
        (HasFields({'flavor.vcpus': 2}), SERVER.versioned),
    ]
    mismatches: ClassVar = [
        (
            HasFields({'name': 'db', 'host.cpus': [1]}),
            LEGACY,
            'the legacy payload differs:\n'
            "  name: expected 'db', got 'web'\n"
            '  host.cpus: expected 1 items, got 2',
        ),
        (
            HasFields({'name': 'db'}),
            SERVER,
            'nova:InstancePayload 1.10 differs:\n'
            "  name: expected 'db', got 'web'",
        ),
    ]
    written: ClassVar = [
        (
            HasFields({'name': 'db', 'flavor': IsVersioned()}),
            "HasFields({'name': 'db', 'flavor': IsVersioned()})",
        ),
    ]


class HasPayloadTest(base.MatcherInterface, oslotest_base.BaseTestCase):
    matches: ClassVar = [
        (HasPayload(), SERVER),
        (HasPayload(), LEGACY),
        (HasPayload('InstancePayload', '1.10', 'nova'), SERVER),
        (HasPayload(version='>=1.0,<2', uuid='u-1'), SERVER.payload),
        (HasPayload(version=versions.Compatible('1.9')), SERVER.versioned),
        (HasPayload(matchers.Contains('Instance')), SERVER),
        (HasPayload('InstancePayload', name='web'), SERVER),
        (HasPayload(name='web'), LEGACY),
        (HasPayload(namespace='nova', name='web'), SERVER),
        (HasPayload(**{'flavor.vcpus': 2}), SERVER),
        (HasPayload(**{'ip_addresses[0].address': '10.0.0.1'}), SERVER),
        (HasPayload(flavor=HasPayload('FlavorPayload', vcpus=2)), SERVER),
        (HasPayload(flavor=base.obj('FlavorPayload', '1.4', vcpus=2)), SERVER),
        (
            HasPayload(
                ip_addresses=matchers.AllMatch(HasPayload('IpPayload'))
            ),
            SERVER,
        ),
        (HasPayload(host={'cpus': [1, 2]}), LEGACY),
    ]
    mismatches: ClassVar = [
        (
            HasPayload('ServerPayload', '1.9', 'nowa'),
            SERVER,
            'nova:InstancePayload 1.10 differs:\n'
            "  name: expected 'ServerPayload', got 'InstancePayload'\n"
            '  version: expected 1.9, got 1.10\n'
            "  namespace: expected 'nowa', got 'nova'",
        ),
        (
            HasPayload(version=versions.Compatible('2.0')),
            SERVER,
            'nova:InstancePayload 1.10 differs:\n'
            '  version: 1.10 is not compatible with 2.0: '
            'another major version',
        ),
        (
            HasPayload(uuid='u-2', host='compute1'),
            SERVER,
            'nova:InstancePayload 1.10 differs:\n'
            "  uuid: expected 'u-2', got 'u-1'\n"
            "  host: no field 'host'; the fields are uuid, name, flavor, "
            'ip_addresses',
        ),
        (
            HasPayload(flavor=HasPayload(version='1.3', vcpus=4)),
            SERVER,
            'nova:InstancePayload 1.10 differs:\n'
            '  flavor: nova:FlavorPayload 1.4 differs:\n'
            '    version: expected 1.3, got 1.4\n'
            '    vcpus: expected 4, got 2',
        ),
        (
            HasPayload(**{'ip_addresses[1].address': '10.0.0.2'}),
            SERVER,
            'nova:InstancePayload 1.10 differs:\n'
            '  ip_addresses[1].address: no item 1; the list has 1 item',
        ),
        (
            HasPayload('InstancePayload', '1.0', uuid='u-1'),
            LEGACY,
            NOT_VERSIONED.format('name and no version', 'name or version'),
        ),
        (
            HasPayload(name='InstancePayload'),
            SERVER,
            'nova:InstancePayload 1.10 differs:\n'
            "  name: expected 'InstancePayload', got 'web' (this is the field "
            'name; to check the name of the object, pass it by position)',
        ),
        (
            HasPayload(None, '1.0'),
            None,
            NOT_VERSIONED.format('version', 'version'),
        ),
        (
            HasPayload(version='1.0'),
            LEGACY,
            'the legacy payload differs:\n'
            "  version: no field 'version'; the fields are name, host",
        ),
        (
            HasPayload(uuid='u-1'),
            'text',
            'the legacy payload differs:\n'
            "  uuid: no field 'uuid'; the value is 'text'",
        ),
    ]
    written: ClassVar = [
        (HasPayload(), 'HasPayload()'),
        (
            HasPayload(
                'A', '>=1.0', uuid='u-1', flavor=HasPayload(version='1.4')
            ),
            "HasPayload('A', '>=1.0', uuid='u-1', "
            "flavor=HasPayload(version='1.4'))",
        ),
        (
            HasPayload(version=versions.Compatible('1.3'), host=None),
            "HasPayload(version=Compatible('1.3'), host=None)",
        ),
    ]
    refused: ClassVar = [
        (
            lambda: HasPayload('A', 'new'),
            ValueError,
            '\'new\' is not a version such as "1.2" or ">=1.0,<2"',
        ),
        (
            lambda: HasPayload(**{'flavor[vcpus]': 2}),
            ValueError,
            '\'flavor[vcpus]\' is not a path such as "flavor.vcpus" or '
            '"ip_addresses[0].address"',
        ),
    ]

    def test_nested_by_path(self) -> None:
        """A value at a path of a payload can be matched on its own."""
        payload = SERVER.versioned
        assert isinstance(payload, versioned.VersionedPayload)
        matcher = HasPayload('FlavorPayload', vcpus=2)
        self.assertThat(payload['flavor'], matcher)
