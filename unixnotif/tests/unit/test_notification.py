# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The document: its samples, byte for byte, and invalid documents."""

import copy
import dataclasses
import pathlib
from typing import Any
from typing import ClassVar

import hypothesis
from hypothesis import strategies

from unixnotif import document
from unixnotif import errors
from unixnotif import lost_record
from unixnotif import notification
from unixnotif.tests import base
from unixnotif.tests import hostile
from unixnotif.tests import libraries

SAMPLES = pathlib.Path(__file__).parent / 'samples'

NOTIFICATIONS: dict[str, dict[str, Any]] = {
    'service_update': {
        'message_id': '0f2d6a1c-5d37-4c3e-8f0a-6f8a6f0d9b11',
        'publisher_id': 'nova-compute:host1',
        'event_type': 'service.update',
        'priority': 'INFO',
        'timestamp': '2026-11-21 10:00:00.000000',
        'payload': {
            'nova_object.name': 'ServiceStatusPayload',
            'nova_object.namespace': 'nova',
            'nova_object.version': '1.1',
            'nova_object.data': {
                'host': 'host1',
                'disabled': False,
                'last_seen_up': '2026-11-21T10:00:00Z',
                'binary': 'nova-compute',
                'topic': 'compute',
                'disabled_reason': None,
                'report_count': 1,
                'forced_down': False,
                'version': 66,
                'availability_zone': None,
                'uuid': 'fa69c544-906b-4a6a-a9c6-c1f7a8078c73',
            },
        },
        'topics': ('versioned_notifications',),
        'exchange': 'nova',
        'context': {
            'request_id': 'req-8c1f6a8e-5d0b-4f6e-9b39-1f3d4ce2b6a4',
            'user_id': None,
            'project_id': None,
            'auth_token': '<redacted>',
        },
    },
    'legacy': {
        'message_id': '7b0e2f54-3c0f-4d9c-9a15-9c2e8a4d1c22',
        'publisher_id': None,
        'event_type': 'compute.instance.update',
        'priority': 'INFO',
        'timestamp': '2026-11-21 10:00:00.250000',
        'payload': {
            'instance_id': '2e1f9c3a-8a6e-4c6f-8d5e-6b0f1d2c3b4a',
            'state': 'active',
            'old_state': 'building',
            'memory_mb': 512,
        },
        'topics': ('notifications',),
        'exchange': 'openstack',
        'context': {},
    },
    'beyond_ascii': {
        'message_id': 'c7a1b2d3-0e4f-4a5b-8c6d-7e8f90a1b2c3',
        'publisher_id': 'image.hôte-1',
        'event_type': 'image.update',
        'priority': 'INFO',
        'timestamp': '2026-11-21 10:00:00.500000',
        'payload': {
            'name': 'Ubuntu \u2013 Größe \u201cklein\u201d 日本語 🐧',
            'escaped': (
                'quote " backslash \\ slash / tab \t newline \n bell \x07'
            ),
            'line_separator': '\u2028',
            'é': 'key',
        },
        'topics': ('notifications',),
        'exchange': 'glance',
        'context': {},
    },
    'lone_surrogate': {
        'message_id': '15a0c6e8-9d3b-4f7c-8b21-3d4e5f607182',
        'publisher_id': 'object.host1',
        'event_type': 'object.create',
        'priority': 'WARN',
        'timestamp': '2026-11-21 10:00:00.750000',
        'payload': {'name': 'caf\udce9 é'},
        'topics': ('notifications',),
        'exchange': 'swift',
        'context': {},
    },
    'numbers': {
        'message_id': '3f6b7c8d-1a2b-4c3d-9e4f-5a6b7c8d9e0f',
        'publisher_id': 'telemetry.host1',
        'event_type': 'telemetry.polling',
        'priority': 'SAMPLE',
        'timestamp': '2026-11-21 10:00:01.000000',
        'payload': {
            'over_64_bits': 2**64,
            'under_64_bits': -(2**63) - 1,
            'largest': 2**64 - 1,
            'nanoseconds': 1795255201000000000,
            'ratio': 0.1,
            'negative': -1.5,
        },
        'topics': ('notifications',),
        'exchange': 'ceilometer',
        'context': {},
    },
}


def sample(name: str) -> bytes:
    """The document in a file, without the newline that ends it."""
    data = (SAMPLES / f'{name}.json').read_bytes()
    assert data.endswith(b'\n'), name
    return data[:-1]


class SampleTest(base.TestCase):
    """The golden documents of the reference."""

    values: ClassVar[
        dict[str, notification.Notification | notification.Lost]
    ] = {
        **{
            name: notification.Notification(**fields)
            for name, fields in NOTIFICATIONS.items()
        },
        'lost': notification.Lost(3, {'buffer_full': 2, 'too_large': 1}),
    }

    def assert_both_ways(self) -> None:
        for name, value in self.values.items():
            self.assertEqual(sample(name), value.encode(), name)
            self.assertNotIn(b'\n', value.encode())
            read = notification.decode(sample(name))
            self.assertEqual(value, read, name)
            # repr tells 1 from 1.0 and from True.
            self.assertEqual(repr(value), repr(read), name)

    def test_with_what_is_installed(self) -> None:
        """Each sample is written and read, byte for byte."""
        self.assert_both_ways()

    def test_with_the_standard_library(self) -> None:
        """Each sample is the same without the extra "fast"."""
        with libraries.absent():
            self.assert_both_ways()

    def test_six_keys_are_enough(self) -> None:
        """A document with the envelope alone gets empty defaults."""
        read = notification.decode(sample('six_keys'))
        self.assertEqual(
            notification.Notification(
                **{
                    **NOTIFICATIONS['legacy'],
                    'topics': (),
                    'exchange': None,
                    'context': {},
                }
            ),
            read,
        )

    def test_every_sample_is_checked(self) -> None:
        """A test reads every sample of the reference."""
        # The header of a large packet is checked where it is sent.
        known = {*self.values, 'six_keys', 'memfd'}
        self.assertEqual(known, {path.stem for path in SAMPLES.iterdir()})


class NotificationTest(base.TestCase):
    """Fields of a notification."""

    def test_it_validates_its_fields(self) -> None:
        """A field of the wrong type is an error that names it."""
        good = NOTIFICATIONS['legacy']
        for name, wrong, kind in (
            ('message_id', None, 'a string'),
            ('message_id', 1, 'a string'),
            ('publisher_id', 1, 'a string or null'),
            ('event_type', None, 'a string'),
            ('event_type', ['a'], 'a string'),
            ('priority', {}, 'a string'),
            ('timestamp', 0.5, 'a string'),
            ('topics', 'notifications', 'a list of strings'),
            ('topics', ['notifications', 1], 'a list of strings'),
            ('topics', None, 'a list of strings'),
            ('exchange', True, 'a string or null'),
            ('context', None, 'an object'),
            ('context', ['a'], 'an object'),
        ):
            for case in ({**good, name: wrong},):
                e = self.assertRaises(
                    errors.DocumentError,
                    notification.Notification.from_document,
                    case,
                )
                self.assertIn(f'{name} of a notification must be', str(e))
                self.assertIn(f'must be {kind}, not', str(e))

    def test_keys_that_must_be_there(self) -> None:
        """Each of the envelope's keys is needed; the error names it."""
        good = notification.Notification(**NOTIFICATIONS['legacy']).document
        for name in list(good)[:6]:
            lacking = {key: good[key] for key in good if key != name}
            e = self.assertRaises(
                errors.DocumentError,
                notification.Notification.from_document,
                lacking,
            )
            self.assertIn(f'needs the key {name!r}', str(e))

    def test_unknown_keys_are_ignored(self) -> None:
        """A later version may add keys."""
        good = notification.Notification(**NOTIFICATIONS['legacy'])
        self.assertEqual(
            good,
            notification.Notification.from_document(
                {**good.document, 'new': 1}
            ),
        )

    def test_document_is_a_copy(self) -> None:
        """A change of the document does not change the notification."""
        made = notification.Notification(**NOTIFICATIONS['legacy'])
        made.document['topics'].append('more')
        made.document['event_type'] = 'other'
        self.assertEqual(
            notification.Notification(**NOTIFICATIONS['legacy']), made
        )

    def test_it_is_frozen(self) -> None:
        """A captured notification stays what it was."""
        made = notification.Notification(**NOTIFICATIONS['legacy'])
        self.assertRaises(
            dataclasses.FrozenInstanceError, setattr, made, 'priority', 'WARN'
        )

    def test_sender_does_not_count(self) -> None:
        """The same notification from two processes is equal."""
        sender = notification.Sender(1, 2, 3)
        data = sample('service_update')
        read = notification.decode(data, sender)
        assert isinstance(read, notification.Notification)
        self.assertIs(sender, read.sender)
        self.assertEqual(notification.decode(data), read)

    def test_payload_that_is_not_json(self) -> None:
        """encode() fails without a default, and keeps the payload."""
        payload = {'value': object()}
        before = copy.copy(payload)
        made = base.new_notification(payload)
        self.assertRaises(errors.DocumentError, made.encode)
        self.assertEqual(before, payload)

    def test_any_json_value_may_be_a_payload(self) -> None:
        """A payload may be any JSON value, not only an object."""
        payloads: list[Any] = [None, 0, 'text', [1], {}]
        for payload in payloads:
            data = base.new_notification(payload).encode()
            read = notification.decode(data)
            assert isinstance(read, notification.Notification)
            self.assertEqual(payload, read.payload)


class LostTest(base.TestCase):
    """Lost records of a publisher."""

    def test_counts_add_up(self) -> None:
        """Numbers that are no counts, or contradict, are an error."""
        for count, reasons in (
            (-1, {'a': -1}),
            (1.0, {'a': 1}),
            (True, {'a': 1}),
            ('1', {'a': 1}),
            (None, {}),
            (1, {'a': True}),
            (1, {'a': '1'}),
            (1, {'a': None}),
            (1, {1: 1}),
            (1, ['a']),
            (1, None),
            (1, {}),
            (3, {'a': 1, 'b': 1}),
            (0, {'a': 1}),
            (1 << 63, {'a': 1 << 63}),
        ):
            e = self.assertRaises(
                errors.DocumentError,
                notification.Lost,
                count,
                reasons,
            )
            self.assertIn('a lost record needs a count and', str(e))

    def test_reasons_are_words(self) -> None:
        """A reason cannot steer a terminal or forge a line of a log."""
        for reason in ('a', 'buffer_full', 'Sent-2.0', 'x' * 100):
            data = notification.Lost(1, {reason: 1}).encode()
            self.assertEqual(
                notification.Lost(1, {reason: 1}), notification.decode(data)
            )
        for reason in (
            '',
            'x' * 101,
            'a b',
            'a\n',
            'a\x1b[31m',
            '\x9b2J',
            '\u202ea',
            'é',
            '²',
            '\ud800',
        ):
            e = self.assertRaises(
                errors.DocumentError, notification.Lost, 1, {reason: 1}
            )
            self.assertIn('at most 100 reasons (words)', str(e))
            self.assertTrue(str(e).isprintable(), str(e))

    def test_number_of_reasons(self) -> None:
        """A lost record has at most MAX_REASONS reasons."""
        most = {f'r{n}': 1 for n in range(lost_record.MAX_REASONS)}
        notification.Lost(len(most), most)
        self.assertRaises(
            errors.DocumentError,
            notification.Lost,
            len(most) + 1,
            {**most, 'more': 1},
        )

    def test_highest_count(self) -> None:
        """decode() refuses a higher count: sums must fit 64 bits."""
        most = lost_record.MAX_LOST
        self.assertEqual(
            notification.Lost(most, {'a': most - 1, 'b': 1}),
            notification.decode(
                b'{"lost":{"count":4294967295,'
                b'"reasons":{"a":4294967294,"b":1}}}'
            ),
        )
        for reasons in (
            {'a': most + 1},
            {'a': most, 'b': 1},
            {'a': 2**63 - 1},
            {'a': 2**64},
        ):
            record = {'count': sum(reasons.values()), 'reasons': reasons}
            self.assertRaises(
                errors.DocumentError,
                notification.decode,
                document.encode({'lost': record}),
            )

    def test_more_than_the_highest_count(self) -> None:
        """encode() writes the highest count in place of a higher one."""
        most = lost_record.MAX_LOST
        for reasons, held in (
            ({'a': most + 1}, {'a': most}),
            ({'a': 5, 'b': 2**62}, {'a': 5, 'b': most - 5}),
            ({'a': most, 'b': 1}, {'a': most, 'b': 0}),
        ):
            data = notification.Lost(sum(reasons.values()), reasons).encode()
            self.assertEqual(
                notification.Lost(most, held), notification.decode(data)
            )

    def test_reasons_need_not_be_known(self) -> None:
        """A later publisher may have other reasons."""
        read = notification.decode(
            b'{"lost":{"count":2,"reasons":{"new":2},"more":1}}'
        )
        self.assertEqual(notification.Lost(2, {'new': 2}), read)

    def test_record_without_its_numbers(self) -> None:
        """A lost record without valid numbers is an error."""
        for data in (
            b'{"lost":{}}',
            b'{"lost":{"count":1}}',
            b'{"lost":{"reasons":{"a":1}}}',
            b'{"lost":{"count":1,"reasons":[]}}',
            b'{"lost":3}',
            b'{"lost":null}',
        ):
            self.assertRaises(errors.DocumentError, notification.decode, data)


class DecodeTest(base.TestCase):
    """Documents that hostile peers may send."""

    def assert_refused(self, data: bytes) -> str:
        message = ''
        for _ in libraries.each():
            e = self.assertRaises(
                errors.DocumentError, notification.decode, data
            )
            message = str(e)
            # It goes to a log: short, and on one line.
            self.assertTrue(len(message) < 250, message)
            self.assertTrue(message.isprintable(), message)
        return message

    def test_what_is_not_an_object(self) -> None:
        """Any other JSON value is refused, and shown."""
        for data in (b'1', b'"text"', b'null', b'true', b'[{}]', b'1e99'):
            self.assertIn(
                'a document must be a JSON object', self.assert_refused(data)
            )

    def test_what_is_not_json(self) -> None:
        """Bytes of any other kind are refused."""
        for data in (
            b'',
            b'\0',
            b'\xff' * 1000,
            b'{"message_id": NaN}',
            b'\xef\xbb\xbf' + base.document(),
            base.document()[:-1],
            base.document() + b'{}',
            base.document().decode().encode('utf-16'),
            b'{"message_id":' + b'1' * 5000 + b'}',
        ):
            self.assertIn('not a JSON document', self.assert_refused(data))

    def test_duplicate_keys(self) -> None:
        """The last duplicate key counts, as with every common JSON library."""
        data = base.document()[:-1] + b',"event_type":"other"}'
        for _ in libraries.each():
            read = notification.decode(data)
            assert isinstance(read, notification.Notification)
            self.assertEqual('other', read.event_type)

    def test_deep_nesting(self) -> None:
        """A document of any depth is refused with a short message."""
        for depth in (*range(950, 1050, 3), 5_000, 200_000):
            deep = b'[' * depth + b']' * depth
            self.assert_refused(deep)
            self.assert_refused(b'{"lost":{"count":' + deep + b'}}')
            self.assert_refused(
                base.document()[:-1] + b',"context":' + deep + b'}'
            )

    def test_wide_values(self) -> None:
        """A value of megabytes is refused in a line."""
        for wide in (
            b'[' + b'[],' * 100_000 + b'[]]',
            b'"' + b'\\u0000' * 100_000 + b'"',
            b'[' + b'{"a":[[[[1]]]]},' * 20_000 + b'1]',
            b'9' * 4300,
        ):
            self.assert_refused(wide)
            self.assert_refused(b'{"message_id":' + wide + b'}')
            self.assert_refused(
                base.document()[:-1] + b',"topics":' + wide + b'}'
            )
        keys = ','.join(f'"{i}":{i}' for i in range(20_000))
        self.assert_refused(f'{{{keys}}}'.encode())

    def test_hostile_documents(self) -> None:
        """Both libraries refuse the bad documents and keep the good ones."""
        for name, data in hostile.BAD.items():
            with self.subTest(name):
                self.assert_refused(data)
        for name, data in {**hostile.GOOD, **hostile.LOST}.items():
            for _ in libraries.each():
                with self.subTest(name):
                    read = notification.decode(data)
                    again = notification.decode(read.encode())
                    self.assertEqual(repr(read), repr(again))

    def test_many_keys(self) -> None:
        """The error message shows a few keys of a large object."""
        many = {f'k{n}': None for n in range(1000)}
        self.assertIn(
            "['k0', 'k1', ", self.assert_refused(document.encode(many))
        )

    def read_alike(
        self, data: bytes
    ) -> notification.Notification | notification.Lost | None:
        """Read with each library; return what all read, or None.

        They agree on the error message, too.
        """
        found: dict[str, notification.Notification | notification.Lost | None]
        found = {}
        for _ in libraries.each():
            try:
                read = notification.decode(data)
            except errors.DocumentError as e:
                message = str(e)
                self.assertTrue(message.isprintable(), message)
                found[message] = None
            else:
                found[repr(read)] = read
        self.assertEqual(1, len(found), str(list(found)))
        (value,) = found.values()
        return value

    def test_message_id_decides(self) -> None:
        """A document with an id is a notification, whatever else it has."""
        lost = b'"lost":{"count":1,"reasons":{"x":1}}'
        read = self.read_alike(b'{%s}' % lost)
        self.assertEqual(notification.Lost(1, {'x': 1}), read)
        read = self.read_alike(b'%s,%s}' % (base.document()[:-1], lost))
        self.assertIsInstance(read, notification.Notification)
        self.assertIsNone(self.read_alike(b'{"message_id":1,%s}' % lost))

    def test_sender_is_not_read(self) -> None:
        """Only the kernel says who sent a notification."""
        for sender in b'[1,2,3]', b'{"pid":1}', b'null':
            data = b'%s,"sender":%s}' % (base.document()[:-1], sender)
            read = self.read_alike(data)
            assert isinstance(read, notification.Notification)
            self.assertIsNone(read.sender)

    @base.fuzz
    @hypothesis.given(hostile.texts)
    def test_any_payload_is_read_or_refused(self, payload: bytes) -> None:
        """An accepted document is the same after encode() and decode()."""
        data = hostile.document('0')[:-2] + payload + b'}'
        read = self.read_alike(data)
        if read is not None:
            again = notification.decode(read.encode())
            self.assertEqual(repr(read), repr(again))

    @base.fuzz
    @hypothesis.given(
        strategies.dictionaries(
            strategies.sampled_from(
                [*NOTIFICATIONS['legacy'], 'lost', 'count', 'reasons']
            ),
            strategies.recursive(
                strategies.none()
                | strategies.integers()
                | strategies.floats()
                | strategies.text(),
                lambda inner: (
                    strategies.lists(inner)
                    | strategies.dictionaries(
                        strategies.sampled_from(['count', 'reasons', 'x']),
                        inner,
                    )
                ),
            ),
        )
    )
    def test_any_object_is_read_or_refused(
        self, value: dict[str, Any]
    ) -> None:
        """A decoded notification is the same after encode() and decode()."""
        for keys in NOTIFICATIONS['legacy'], {}:
            data = document.encode({**keys, **value})
            read = self.read_alike(data)
            if read is not None:
                self.assertEqual(read, notification.decode(read.encode()))

    @base.fuzz
    @hypothesis.given(strategies.data())
    def test_any_damage_is_read_or_refused(
        self, data: strategies.DataObject
    ) -> None:
        """A good document with any byte changed does no harm."""
        damaged = bytearray(sample('service_update'))
        for _ in range(data.draw(strategies.integers(1, 4))):
            at = data.draw(strategies.integers(0, len(damaged) - 1))
            damaged[at] = data.draw(strategies.integers(0, 255))
        self.read_alike(bytes(damaged))
