# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Templates of ``--format``."""

import datetime
import io

from unixnotif import notification
from unixnotif.cli import templates
from unixnotif.tests import base
from unixnotif.tests import hostile

NOW = datetime.datetime(2026, 11, 21, 10, 0, 0, 7999, datetime.UTC)
PAYLOAD = {
    'nova_object.name': 'InstancePayload',
    'nova_object.version': '1.8',
    'nova_object.data': {'uuid': 'u-1', 'ips': [{'address': '10.0.0.1'}]},
}
SENT = base.new_notification(
    PAYLOAD,
    context={'request_id': 'req-1'},
    topics=('a', 'b'),
    sender=notification.Sender(pid=1, uid=2, gid=3),
)


class TemplateTest(base.TestCase):
    def test_placeholders(self) -> None:
        """Each placeholder becomes a value of the notification."""
        for template, expected in (
            ('{event_type}', 'instance.create.end'),
            ('{priority:<6}|', 'INFO  |'),
            ('{priority:>6}|', '  INFO|'),
            ('{name} {version}', 'InstancePayload 1.8'),
            ('{pid} {uid} {gid}', '1 2 3'),
            ('{topics}', 'a,b'),
            ('{payload.uuid}', 'u-1'),
            ('{payload.ips[0].address}', '10.0.0.1'),
            ('{payload.none} {exchange}', '- -'),
            ('{context.request_id}', 'req-1'),
            ('{context}', '{"request_id": "req-1"}'),
            ('{time}', '2026-11-21 10:00:00.007+00:00'),
            ('{timestamp}', '2026-11-21 10:00:00.000000'),
            (r'{pid}\t{uid}\n', '1\t2\n'),
            ('{{{pid}}}', '{1}'),
            ('', ''),
        ):
            found = templates.Template(template).fill(SENT, NOW)
            self.assertEqual(expected, found)

    def test_unknown(self) -> None:
        """The error lists the valid placeholders."""
        for template in (
            '{x}',
            '{',
            '}',
            '{}',
            '{pid!r}',
            '{pid:{uid}}',
            '{pid:d}',
            '{payload.}',
            '{payload.__class__..x}',
            '{context[0]}',
        ):
            self.assertRaises(ValueError, templates.Template, template)
        e = self.assertRaises(ValueError, templates.Template, '{x}')
        self.assertIn('{x} is not one of context, context.FIELD, ', str(e))

    def test_attributes_are_not_reached(self) -> None:
        """A template reads keys of the payload only."""
        template = templates.Template('{payload.__class__}')
        self.assertEqual('-', template.fill(SENT, NOW))

    def test_view(self) -> None:
        """A notification is one line, and text of peers is escaped."""
        stream = io.StringIO()
        view = templates.TemplateView(
            stream,
            lambda when: when,
            templates.Template('{event_type} {payload}'),
        )
        view.show(
            base.new_notification(
                {hostile.CONTROL: 1}, event_type=hostile.CONTROL
            ),
            NOW,
        )
        line = stream.getvalue().removesuffix('\n')
        self.assertTrue(line.isprintable(), repr(line))
