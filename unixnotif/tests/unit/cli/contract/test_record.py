# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""``unixnotif contract record``."""

import datetime
import json
import os
import sys
from typing import Any

from unixnotif import contract
from unixnotif import notification
from unixnotif import recording
from unixnotif.contract import storage
from unixnotif.tests.unit.cli.contract import base
from unixnotif.tests.unit.contract import base as catalogues
from unixnotif.tests.unit.contract import test_observations
from unixnotif.tests.unit.contract import things
from unixnotif.tests.unit.recording import base as recordings

CLASSES = """\
from oslo_versionedobjects import base, fields

class RecordedPayload(base.VersionedObject):
    fields = {'a': fields.StringField()}

class RecordedNotification(base.VersionedObject):
    fields = {'payload': fields.ObjectField('RecordedPayload')}
"""
NOW = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)


class RecordTest(base.TestCase):
    """Recording from recordings, samples and classes."""

    def record(
        self, code: int, *argv: str, out: str = '', err: str = ''
    ) -> None:
        self.check_command(
            code, 'record', *argv, '-o', 'out.json', out=out, err=err
        )

    def fields(self, version: str = '1.0', name: str = 'x:Thing') -> Any:
        found = contract.read('out.json').schema(name, version)
        return found and found.fields

    def write_recording(self, name: str, *payloads: Any) -> str:
        with recording.Writer(name) as writer:
            for payload in payloads:
                given = notification.Notification(
                    'm', 'p', 'e', 'INFO', '2026-01-01 00:00:00', payload
                )
                writer.write([recording.Recorded(given, NOW)])
        return name

    def test_recording(self) -> None:
        """Several recordings are recorded as one run."""
        paths = [
            self.write_recording(
                '1.jsonl', test_observations.versioned({'a': 1})
            ),
            self.write_recording(
                '2.jsonl',
                test_observations.versioned({'a': None}),
                {'b': 1},
                [1],
            ),
        ]
        self.record(
            0,
            '--recording',
            *paths,
            out='out.json: 1 payload, 1 event, no notification class, '
            '1 legacy event',
            err='the payload is not an object: 1 notification',
        )
        self.assertEqual({'a': 'integer?'}, self.fields())

    def test_recording_again(self) -> None:
        """The same files give the same catalogue, in any order of options."""
        one = self.write_recording('1.jsonl', test_observations.versioned({}))
        two = self.write_recording(
            '2.jsonl', test_observations.versioned({'a': 1})
        )
        written = set()
        for argv in (
            ('--recording', one, two),
            ('--recording', two, one),
            ('--recording', one, '--recording', two),
            ('--recording', two, '--recording', one),
        ):
            self.record(0, *argv)
            written.add(storage.read_bytes('out.json'))
        self.assertEqual(1, len(written))
        self.assertEqual({'a': '~integer'}, self.fields())

    def test_damaged_recording(self) -> None:
        """A line that is too long is an error, an unfinished one is not."""
        recordings.shorten_lines(self)
        name = self.write_recording('1.jsonl', test_observations.versioned({}))
        with open(name, 'a') as file:
            file.write('{"document"')
        message = 'unixnotif: recording 1.jsonl, line 3: ignored the last line'
        self.record(0, '--recording', name, err=message)
        recording.Writer(name).close()
        recordings.append_long_line(name)
        os.unlink('out.json')
        message = (
            f'unixnotif: recording 1.jsonl, line 3: {recordings.too_long()}'
        )
        self.record(2, '--recording', name, err=message)
        self.assertFalse(os.path.exists('out.json'))

    def test_rotated_recording(self) -> None:
        """Each rotated file of a recording counts once."""
        for number, name in enumerate(('r.jsonl.2', 'r.jsonl.1', 'r.jsonl')):
            self.write_recording(
                name, test_observations.versioned({}, version=f'1.{number}')
            )
        for argv in (('r.jsonl',), ('r.jsonl', 'r.jsonl.1', 'r.jsonl.2')):
            self.record(0, '--recording', *argv)
            self.assertEqual({}, self.fields('1.0'))
            self.assertEqual({}, self.fields('1.2'))
        os.unlink('r.jsonl')  # rotated by another program, just now
        self.record(0, '--recording', 'r.jsonl')
        self.assertIsNone(self.fields('1.2'))

    def test_directory_of_recordings(self) -> None:
        """All *.jsonl files of a directory are recordings."""
        os.mkdir('run')
        self.record(3, '--recording', 'run', err='nothing to record')
        self.write_recording('run/b.jsonl', test_observations.versioned({}))
        self.write_recording(
            'run/a.jsonl', test_observations.versioned({'a': 1})
        )
        self.write('run/other.txt', 'no recording')
        self.record(0, '--recording', 'run')
        self.assertEqual({'a': '~integer'}, self.fields())

    def test_what_cannot_be_written(self) -> None:
        """The error quotes the invalid payload name; no file is created."""
        path = self.write_recording(
            '1.jsonl', test_observations.versioned({}, name='A|B')
        )
        self.record(2, '--recording', path, err="'x:A|B' cannot be the name")
        self.assertFalse(os.path.exists('out.json'))

    def test_lost(self) -> None:
        """The command reports losses of the recording."""
        path = self.write_recording('1.jsonl', test_observations.versioned({}))
        with recording.Writer(path) as writer:
            writer.write_lost(notification.Lost(2, {'buffer_full': 2}))
        self.record(
            0, '--recording', path, err='1.jsonl: lost 2 notifications'
        )

    def test_merge(self) -> None:
        """--merge keeps earlier contents, and without it they are removed."""
        path = self.write_recording('1.jsonl', test_observations.versioned({}))
        pending = catalogues.payload(
            catalogues.declared('1.0', 'pending', a='string'),
            catalogues.declared('2.0', 'pending', a='string'),
        )
        contract.write('out.json', contract.encode(pending))
        self.record(0, '--recording', path, '--merge')
        self.assertEqual({'a': 'string'}, self.fields('2.0'))
        self.record(
            0,
            '--recording',
            path,
            err='replacing out.json; to keep its content, use --merge',
        )
        self.assertIsNone(self.fields('2.0'))

    def test_released_versions(self) -> None:
        """Without --merge, released versions are never replaced."""
        path = self.write_recording('1.jsonl', test_observations.versioned({}))
        contract.write('out.json', contract.encode(base.FIXED))
        self.record(
            2,
            '--recording',
            path,
            err='out.json has 2 released versions, for example x:Thing 1.0; '
            'to keep them, use --merge; to start again, remove the file first',
        )
        self.assertEqual({'a': 'string'}, self.fields('2.0'))
        os.unlink('out.json')
        self.record(0, '--recording', path)

    def test_nothing(self) -> None:
        """An empty run writes nothing, and is no success."""
        os.mkdir('samples')
        for argv in (
            ('--recording', self.write_recording('1.jsonl')),
            ('--recording', self.write_recording('2.jsonl', 'text')),
            ('--samples', 'samples'),
            ('--declared', 'json'),
        ):
            self.record(3, *argv, err='nothing to record: the source has')
        self.assertFalse(os.path.exists('out.json'))

    def test_legacy(self) -> None:
        """Payloads without a version are recorded by their event_type."""
        path = self.write_recording('1.jsonl', {'port': {'id': 'x'}})
        self.record(0, '--recording', path, out='1 legacy event')
        path = self.write_recording('2.jsonl', {'port': {'mtu': 1}})
        self.record(0, '--recording', path, '--merge')
        self.assertEqual(
            {'port': 'object', 'port.id': '~string', 'port.mtu': '~integer'},
            contract.read('out.json').legacy['e'],
        )

    def test_samples(self) -> None:
        """Samples may refer to other files, which are not recorded alone."""
        part = test_observations.versioned({'size': 1}, 'Part')
        common = test_observations.versioned({'id': 'x', 'part': None})
        for name, value in (
            ('common/part.json', part),
            ('common/thing.json', common),
            (
                'create.json',
                {
                    'event_type': 'thing.create',
                    'payload': {
                        '$ref': 'common/thing.json#',
                        'x_object.data': {
                            'part': {'$ref': 'common/part.json#'}
                        },
                    },
                },
            ),
        ):
            os.makedirs(os.path.dirname(f'samples/{name}'), exist_ok=True)
            self.write(f'samples/{name}', json.dumps(value))
        self.record(0, '--samples', 'samples', out='2 payloads, 1 event')
        self.assertEqual(
            {'id': 'string', 'part': 'payload<x:Part>'}, self.fields()
        )

    def test_declared(self) -> None:
        """The classes of a package are recorded, with problems on stderr."""
        self.record(
            0,
            '--declared',
            things.__name__,
            out='2 payloads, no event, 1 notification class',
            err=f'of type {things.__name__}:Wave are recorded as any',
        )
        fields = self.fields('1.10', 'thing:ThingPayload')
        self.assertEqual('any', fields['wave'])
        types = self.write('types.json', '{"Wave": "list<integer>"}')
        self.record(0, '--declared', things.__name__, '--types', types)
        fields = self.fields('1.10', 'thing:ThingPayload')
        self.assertEqual('list<integer>', fields['wave'])

    def test_modules_that_cannot_be_imported(self) -> None:
        """The command reports skipped modules, and suggests a subpackage."""
        self.addCleanup(sys.path.remove, self.work)
        sys.path.insert(0, self.work)
        self.addCleanup(self.forget)
        os.makedirs('unixnotif_recorded/objects')
        self.write('unixnotif_recorded/__init__.py', '')
        self.write('unixnotif_recorded/objects/__init__.py', CLASSES)
        self.write('unixnotif_recorded/broken.py', '1 / 0\n')
        argv = ('--declared', 'unixnotif_recorded')
        self.record(
            0,
            *argv,
            err='unixnotif: skipped 1 module without payload classes, for '
            'example: unixnotif_recorded.broken cannot be imported: '
            'ZeroDivisionError: division by zero\n'
            'unixnotif: all payload classes of unixnotif_recorded are in '
            'unixnotif_recorded.objects; to import less, use --declared '
            'unixnotif_recorded.objects\n',
        )
        self.forget()
        self.write('unixnotif_recorded/objects/two.py', '1 / 0\n')
        self.record(0, *argv, err='no recorded class is marked as gone')

    def forget(self) -> None:
        for name in list(sys.modules):
            if name.partition('.')[0] == 'unixnotif_recorded':
                del sys.modules[name]

    def test_unused_values(self) -> None:
        """The values given with --unused are not recorded."""
        self.record(
            0, '--declared', things.__name__, '--unused', 'off', '--unused=r'
        )
        found = contract.read('out.json').schema('thing:ThingPayload', '1.10')
        assert found is not None
        self.assertEqual({'modes': ['w'], 'state': ['on']}, found.enums)

    def test_mistakes(self) -> None:
        """Each mistake is one line of output, with exit code 2."""
        broken = self.write('broken.jsonl', '{"format": "x"}\n')
        types = self.write('types.json', '[]')
        for argv, expected in (
            (('--declared', 'no_such_package'), 'cannot be imported here'),
            (('--recording', 'none.jsonl'), 'recording none.jsonl: No such'),
            (('--recording', broken), 'recording broken.jsonl, line 1: '),
            (('--samples', 'none'), 'there is no directory none'),
            (('--samples', '.', '--types', 'x'), '--types needs --decl'),
            (
                ('--declared', 'json', '--types', 'none'),
                'there is no file none',
            ),
            (
                ('--declared', 'json', '--types', broken),
                "broken.jsonl: format: 'x' is not a type such as",
            ),
            (('--declared', 'json', '--types', types), 'object of strings'),
            (('--samples', '.', '--declared', 'json'), 'not allowed with'),
            ((), 'one of the arguments'),
        ):
            self.record(2, *argv, err=expected)
        self.write('out.json', 'x')
        self.record(2, '--samples', '.', '--merge', err='out.json: not a cat')
