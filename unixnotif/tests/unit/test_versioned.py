# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Tests of versioned payloads."""

from typing import Any

from oslotest import base

from unixnotif import versioned


def obj(
    name: str, version: Any, prefix: str = 'nova_object', **data: Any
) -> Any:
    """A versioned object as oslo.versionedobjects writes it."""
    return {
        f'{prefix}.name': name,
        f'{prefix}.namespace': prefix.partition('_')[0],
        f'{prefix}.version': version,
        f'{prefix}.data': data,
    }


SERVER = obj(
    'InstancePayload',
    '1.10',
    uuid='u-1',
    flavor=obj('FlavorPayload', '1.4', vcpus=2),
    ip_addresses=[obj('IpPayload', '1.0', address='10.0.0.1')],
    metadata={'a.b': 'c'},
    fault=None,
)


def parse(value: Any) -> versioned.VersionedPayload:
    """The payload in a value that has one."""
    payload = versioned.VersionedPayload.from_primitive(value)
    assert payload is not None
    return payload


class TestVersions(base.BaseTestCase):
    def test_parse(self) -> None:
        """A version is two or three integers; anything else is malformed."""
        cases: list[tuple[Any, versioned.Version]] = [
            ('1.0', (1, 0)),
            ('1.10', (1, 10)),
            ('2.3.1', (2, 3, 1)),
            ('1', ()),
            ('1.2.3.4', ()),
            ('1.x', ()),
            ('-1.0', ()),
            ('1.0\n', ()),
            (1.1, ()),
            (None, ()),
        ]
        for text, version in cases:
            self.assertEqual(version, versioned.parse_version(text))

    def test_order(self) -> None:
        """1.10 comes after 1.9."""
        self.assertGreater(
            versioned.parse_version('1.10'), versioned.parse_version('1.9')
        )


class TestPaths(base.BaseTestCase):
    def test_parse(self) -> None:
        """Names are joined by dots; indexes are in brackets."""
        for path, steps in (
            ('uuid', ['uuid']),
            ('flavor.vcpus', ['flavor', 'vcpus']),
            ('a[0][12].b', ['a', 0, 12, 'b']),
        ):
            self.assertEqual(steps, versioned.parse_path(path))

    def test_malformed(self) -> None:
        """The message shows what a path looks like."""
        for path in (
            '',
            '.',
            'a.',
            '.a',
            'a..b',
            'a[x]',
            'a[0',
            'a]',
            'a[0]b',
        ):
            error = self.assertRaises(ValueError, versioned.parse_path, path)
            self.assertIn('is not a path such as', str(error))


class TestVersionedPayload(base.BaseTestCase):
    def test_from_primitive(self) -> None:
        """The triple of keys makes a payload, whatever the prefix."""
        for prefix in ('nova_object', 'ironic_object', 'versioned_object'):
            value = obj('NodePayload', '1.2', prefix, uuid='x')
            value[f'{prefix}.changes'] = ['uuid']
            payload = parse(value)
            self.assertEqual(prefix, payload.prefix)
            self.assertEqual(prefix.partition('_')[0], payload.namespace)
            self.assertEqual('NodePayload', payload.name)
            self.assertEqual((1, 2), payload.version)
            self.assertEqual({'uuid': 'x'}, payload.data)
            self.assertEqual(('uuid',), payload.changes)

    def test_not_versioned(self) -> None:
        """Legacy payloads and parts of the triple are none."""
        whole = obj('A', '1.0')
        values: list[Any] = [None, 'text', [], {}, {'instance.name': 'x'}]
        values += [
            {key: value for key, value in whole.items() if key != missing}
            for missing in whole
            if missing != 'nova_object.namespace'
        ]
        values.append({**whole, 'nova_object.data': None})
        for value in values:
            found = versioned.VersionedPayload.from_primitive(value)
            self.assertIsNone(found)

    def test_malformed_version(self) -> None:
        """A malformed version is kept as text."""
        payload = parse(obj('A', 'one'))
        self.assertEqual((), payload.version)
        self.assertEqual('one', payload.version_text)
        self.assertEqual('nova:A one', str(payload))

    def test_fields(self) -> None:
        """A path reaches through nested objects, lists and maps."""
        server = parse(SERVER)
        self.assertEqual('u-1', server['uuid'])
        self.assertEqual(2, server['flavor.vcpus'])
        self.assertEqual((1, 4), server['flavor'].version)
        self.assertEqual('10.0.0.1', server['ip_addresses[0].address'])
        self.assertEqual('IpPayload', server['ip_addresses[0]'].name)
        self.assertEqual({'a.b': 'c'}, server['metadata'])
        self.assertIsNone(server['fault'])

    def test_missing_field(self) -> None:
        """The message names the step that fails and what there is."""
        server = parse(SERVER)
        for path, text in (
            (
                'flavors',
                "flavors: no field 'flavors'; the fields are uuid, flavor, ",
            ),
            ('flavor.ram', "flavor.ram: no field 'ram'; the fields are vcpus"),
            (
                'metadata.a[0]',
                "metadata.a[0]: no field 'a'; the fields are a.b",
            ),
            ('ip_addresses[1]', ': no item 1; the list has 1 item'),
            ('fault.code', ": no field 'code'; the value is None"),
            ('uuid[0]', "uuid[0]: no item 0; the value is 'u-1'"),
        ):
            error = self.assertRaises(KeyError, server.__getitem__, path)
            self.assertIn(text, error.args[0])

    def test_nested(self) -> None:
        """Every object below is found, with the path that leads to it."""
        server = parse(SERVER)
        found = dict(server.nested())
        self.assertEqual({'flavor', 'ip_addresses[0]'}, set(found))
        for path, payload in found.items():
            self.assertEqual(payload, server[path])


class HostileTest(base.BaseTestCase):
    """Payloads of hostile peers: reading them raises nothing."""

    def test_odd_types(self) -> None:
        """A value that should be text is shown as text, shortened."""
        deep: list[Any] = []
        for _ in range(2000):
            deep = [deep]
        # Keys are text in JSON only.
        value = {None: 0, 3: 0, **obj('A', '1.0', uuid='x')}
        value['nova_object.name'] = {'a': 1}
        value['nova_object.namespace'] = 7
        value['nova_object.version'] = 1.1
        value['nova_object.changes'] = ['uuid', [], None, deep]
        payload = parse(value)
        self.assertEqual("7:{'a': 1} 1.1", str(payload))
        self.assertEqual((), payload.version)
        self.assertEqual(('uuid', '[]', 'None'), payload.changes[:3])
        self.assertLess(len(payload.changes[3]), 100)
        hash(payload.changes)
        for part in ('name', 'namespace', 'version'):
            text = parse({**value, f'nova_object.{part}': deep})
            self.assertLess(len(str(text)), 100)

    def test_odd_changes(self) -> None:
        """If the changes are not a list, the payload has no changes."""
        for changes in (None, 'uuid', {'uuid': 1}, 7):
            value = obj('A', '1.0')
            value['nova_object.changes'] = changes
            self.assertEqual((), parse(value).changes)

    def test_long_version(self) -> None:
        """A number that int() would refuse is malformed."""
        long = '9' * 10_000
        self.assertEqual((), versioned.parse_version(f'{long}.0'))
        text = f'1.{long}'
        self.assertEqual((), versioned.parse_version(text))
        self.assertEqual(text, parse(obj('A', text)).version_text)

    def test_deep(self) -> None:
        """Objects are found however deep they are."""
        value: Any = 1
        for _ in range(3000):
            value = [obj('A', '1.0', a=value)]
        found = [path for path, _ in parse(value[0]).nested()]
        self.assertEqual(2999, len(found))
        self.assertEqual('a[0].a[0]', found[1])
        self.assertEqual('A', parse(value[0])[found[-1]].name)

    def test_order(self) -> None:
        """Nested objects come in the order of the document."""
        one = obj('A', '1.0', b=obj('B', '1.0'), c=[obj('C', '1.0')])
        self.assertEqual(
            ['x', 'x.b', 'x.c[0]', 'y'],
            [
                path
                for path, _ in parse(
                    obj('D', '1.0', x=one, y=obj('E', '1.0'))
                ).nested()
            ],
        )
