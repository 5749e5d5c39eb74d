# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The one-line view, and the fields that it shows."""

import datetime
import io
import re
from typing import Any

import fixtures

from unixnotif import notification as notifications
from unixnotif import recording
from unixnotif.cli import fields
from unixnotif.cli import lines
from unixnotif.tests import base
from unixnotif.tests import hostile

NOW = datetime.datetime(2026, 11, 21, 10, 0, 0, 7999, datetime.UTC)
UUID = '2f4d6b5c-0a7e-4f0e-9d6a-5f1b8c3e7a90'


def server(**data: Any) -> dict[str, Any]:
    """Return a versioned payload."""
    return {
        'nova_object.name': 'InstanceCreatePayload',
        'nova_object.namespace': 'nova',
        'nova_object.version': '1.13',
        'nova_object.data': {
            'uuid': UUID, 'host': 'host1', 'state': 'active', **data
        },
    }  # fmt: skip


class Terminal(io.StringIO):
    """A stream that says that it is a terminal."""

    def isatty(self) -> bool:
        return True


class LineViewTest(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        for name in ('NO_COLOR', 'FORCE_COLOR'):
            self.useFixture(fixtures.EnvironmentVariable(name, None))

    def shown(
        self,
        *sent: notifications.Notification,
        width: int = 0,
        chosen: str = '',
        plain: bool = True,
    ) -> list[str]:
        """Return the lines below the date.

        :param width: of a terminal; 0 is a pipe
        """
        self.useFixture(fixtures.EnvironmentVariable('TERM', 'xterm-256color'))
        self.useFixture(fixtures.EnvironmentVariable('COLUMNS', str(width)))
        stream = Terminal() if width else io.StringIO()
        view = lines.LineView(
            stream,
            lambda when: when.astimezone(datetime.UTC),
            fields.parse(chosen) if chosen else None,
        )
        for each in sent:
            view.show(each, NOW)
        text = stream.getvalue()
        if plain:
            text = re.sub('\x1b\\[[0-9;]*m', '', text)
        day, *found = text.splitlines()
        self.assertIn('-- 2026-11-21 UTC --', day)
        return found

    def test_pipe(self) -> None:
        """In a pipe a line is complete."""
        self.assertEqual(
            [
                '10:00:00.007 INFO  instance.create.end InstanceCreatePayload '
                f'1.13 nova-compute:host1 uuid={UUID} host=host1 state=active'
            ],
            self.shown(base.new_notification(server())),
        )

    def test_widths(self) -> None:
        """A line fits its terminal; a wider terminal shows more."""
        sent = base.new_notification(server())
        for width, line in (
            (
                160,
                '10:00:00.007 INFO  instance.create.end InstanceCreatePayload '
                f'1.13 nova-compute:host1 uuid={UUID} host=host1 state=active',
            ),
            (
                125,
                '10:00:00.007 INFO  instance.create.end InstanceCreatePayload '
                '1.13 nova-compute:host1 uuid=2f4d6b5c host=host1 '
                'state=active',
            ),
            (
                110,
                '10:00:00.007 INFO  instance.create.end InstanceCreatePayload '
                '1.13 uuid=2f4d6b5c host=host1 state=active',
            ),
            (
                80,
                '10:00:00.007 INFO  instance.create.end '
                'uuid=2f4d6b5c host=host1 state=active',
            ),
            (
                60,
                '10:00:00.007 INFO  instance.create.end uuid=2f4d6b5c host=h…',
            ),
        ):
            self.assertEqual([line], self.shown(sent, width=width))
            self.assertLessEqual(len(line), width)

    def test_alignment(self) -> None:
        """On a wide terminal fields begin below each other."""
        found = self.shown(
            base.new_notification({'id': 1}, event_type='volume.create.end'),
            base.new_notification({'id': 2}, event_type='a.b'),
            width=120,
        )
        self.assertEqual(1, len({line.index('nova-c') for line in found}))

    def test_colors(self) -> None:
        """A priority has its color."""
        [line] = self.shown(
            base.new_notification(server(), priority='ERROR'),
            width=120,
            plain=False,
        )
        self.assertIn('\x1b[1;31mERROR', line)

    def test_chosen_fields(self) -> None:
        """A user chooses fields; a missing one is left out."""
        [line] = self.shown(
            base.new_notification(server(flavor={'vcpus': 2}, tags=['a'])),
            chosen='flavor.vcpus,tags,flavor,none',
        )
        self.assertTrue(
            line.endswith(' flavor.vcpus=2 tags=["a"] flavor={"vcpus": 2}'),
            line,
        )
        self.assertRaises(ValueError, fields.parse, 'a,,b')

    def test_well_known_fields(self) -> None:
        """tail finds known fields by the names that services use."""
        for payload, expected in (
            (
                {'volume_id': 'v', 'status': 'error'},
                'volume_id=v status=error',
            ),
            ({'port': {'id': 'p', 'status': 'UP'}}, 'id=p status=UP'),
            ({'resource_info': 'r'}, 'resource_info=r'),
            ({'uuid': None, 'id': 7}, 'id=7'),
            ({'uuid': {'x': 1}}, ''),
            ('text', ''),
            ([], ''),
        ):
            sent = base.new_notification(payload, publisher_id='me')
            [line] = self.shown(sent)
            _, _, found = line.partition('instance.create.end me')
            self.assertEqual(expected, found.strip())

    def test_hostile_text(self) -> None:
        """No peer steers the terminal, or makes a line long."""
        text = hostile.CONTROL * 1000
        sent = base.new_notification(
            {'uuid': text, 'host': text},
            event_type=text,
            publisher_id=text,
            priority=text,
        )
        for width in (0, 80, 120):
            [line] = self.shown(sent, width=width)
            self.assertTrue(line.isprintable(), repr(line[:100]))
            if width:
                self.assertLessEqual(len(line), width)

    def test_lost(self) -> None:
        """A gap in a recording is a line."""
        stream = io.StringIO()
        view = lines.LineView(stream, lambda when: when)
        view.show_lost(recording.RecordedLost(1, {'x': 1}, NOW), NOW)
        view.show_lost(notifications.Lost(3, {'x': 1, 'y': 2}), None)
        self.assertEqual(
            '10:00:00.007 LOST  1 notification x=1\n'
            '             LOST  3 notifications x=1 y=2\n',
            re.sub('--.*\n', '', stream.getvalue()),
        )
