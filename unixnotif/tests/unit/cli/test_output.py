# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Views of notifications."""

import datetime
import io
import json
from typing import Any
from unittest import mock

import fixtures
import hypothesis

from unixnotif import notification
from unixnotif.cli import output
from unixnotif.tests import base
from unixnotif.tests import hostile

NOW = datetime.datetime(2026, 11, 21, 10, 0, 0, 7999, datetime.UTC)
SENDER = notification.Sender(pid=4711, uid=42, gid=43)


def unprintable(text: str) -> set[str]:
    """Return the unprintable characters of a text, except newlines."""
    return {c for c in text if not c.isprintable() and c != '\n'}


class Terminal(io.StringIO):
    """A stream that says that it is a terminal."""

    def isatty(self) -> bool:
        return True


class JsonTest(base.TestCase):
    """JSON lines, for programs."""

    def test_in_a_pipe(self) -> None:
        """One document a line with its sender, flushed at once."""
        raw = io.BytesIO()
        stream = io.TextIOWrapper(io.BufferedWriter(raw))
        view = output.JsonView(stream)
        sent = base.new_notification({'name': 'é\n'}, sender=SENDER)
        view.show(sent, NOW)
        view.show(sent, NOW)
        lines = raw.getvalue().decode('ascii').split('\n')
        self.assertEqual('', lines.pop())
        sender = {'pid': 4711, 'uid': 42, 'gid': 43}
        self.assertEqual(
            [{**sent.document, 'sender': sender}] * 2,
            [json.loads(line) for line in lines],
        )

    def test_on_a_terminal(self) -> None:
        """A terminal gets the same; an unknown sender is null."""
        terminal = Terminal()
        output.JsonView(terminal).show(base.new_notification(), NOW)
        self.assertEqual(
            '{"message_id":"4d31cbc1-7b5c-4cbb-b0bd-4f1c7dcb5a8b",'
            '"publisher_id":"nova-compute:host1",'
            '"event_type":"instance.create.end","priority":"INFO",'
            '"timestamp":"2026-11-21 10:00:00.000000","payload":null,'
            '"topics":[],"exchange":null,"context":{},'
            '"sender":null}\n',
            terminal.getvalue(),
        )

    def test_control_characters(self) -> None:
        """A line holds no control character, not even DEL or C1."""
        terminal = Terminal()
        sent = base.new_notification(
            {hostile.CONTROL: hostile.CONTROL}, event_type=hostile.CONTROL
        )
        output.JsonView(terminal).show(sent, NOW)
        self.assertEqual(set(), unprintable(terminal.getvalue()))
        self.assertEqual(
            {**sent.document, 'sender': None}, json.loads(terminal.getvalue())
        )


class LongTest(base.TestCase):
    """Layout, for people."""

    def setUp(self) -> None:
        super().setUp()
        # These variables name what a terminal can do.
        for name, value in (
            ('TERM', 'dumb'),
            ('COLUMNS', '40'),
            ('NO_COLOR', None),
            ('FORCE_COLOR', None),
        ):
            self.useFixture(fixtures.EnvironmentVariable(name, value))

    def shown(self, *sent: notification.Notification) -> str:
        terminal = Terminal()
        view = output.LongView(terminal)
        for each in sent:
            view.show(each, NOW)
        return terminal.getvalue()

    def test_layout(self) -> None:
        """One line has the metadata; the whole payload follows."""
        self.assertEqual(
            """\
2026-11-21 10:00:00.000000 INFO     instance.create.end  \
nova-compute:host1  pid 4711  a  b
{
  "name": "é",
  "list": [
    1
  ]
}
2026-11-21 10:00:00.000000 CRITICAL instance.create.end  None
null
""",
            self.shown(
                base.new_notification(
                    {'name': 'é', 'list': [1]},
                    sender=SENDER,
                    topics=('a', 'b'),
                ),
                base.new_notification(priority='CRITICAL', publisher_id=None),
            ),
        )

    def test_colors(self) -> None:
        """Each known priority has its color; an unknown one has none."""
        self.useFixture(fixtures.EnvironmentVariable('TERM', 'xterm-256color'))
        styles = {
            'INFO': '\x1b[32mINFO ',
            'info': '\x1b[32minfo ',
            'WARN': '\x1b[33mWARN ',
            'ERROR': '\x1b[1;31mERROR ',
            'OTHER': ' \x1b[0mOTHER ',
        }
        for priority, text in styles.items():
            self.assertIn(
                text, self.shown(base.new_notification(priority=priority))
            )

    def test_markup_is_text(self) -> None:
        """Text that looks like rich's markup or emoji is shown literally."""
        sent = base.new_notification(
            {'[bold]': ':smile:'},
            event_type='[red]x[/red]',
            publisher_id=':bomb:',
        )
        text = self.shown(sent)
        for part in ('[red]x[/red]', ':bomb:', '"[bold]": ":smile:"'):
            self.assertIn(part, text)

    def test_control_characters_are_escaped(self) -> None:
        """No emitter can steer the terminal of a reader."""
        hostile_text = 'a\x1b]0;title\x07b\x9b2Jc\u202ed\x00e\nf'
        sent = base.new_notification(
            {hostile_text: hostile_text},
            event_type=hostile_text,
            publisher_id=hostile_text,
            priority=hostile_text,
            timestamp=hostile_text,
            topics=(hostile_text,),
        )
        text = self.shown(sent)
        self.assertEqual(set(), unprintable(text))
        escaped = r'a\u001b]0;title\u0007b\u009b2Jc\u202ed\u0000e\nf'
        self.assertEqual(7, text.count(escaped))
        self.assertEqual(4, text.count('\n'))
        # The payload is still JSON.
        _, _, body = text.partition('\n')
        self.assertEqual({hostile_text: hostile_text}, json.loads(body))

    def test_large_payloads(self) -> None:
        """Large payloads are escaped and have no colors."""
        self.useFixture(fixtures.EnvironmentVariable('TERM', 'xterm-256color'))
        payload = {f'key{n}': '\x9b2J' for n in range(20_000)}
        text = self.shown(base.new_notification(payload))
        _, _, body = text.partition('\n')
        self.assertEqual(set(), unprintable(body))
        self.assertEqual(payload, json.loads(body))

    def test_bounds_of_colors(self) -> None:
        """The command colors no long line and no large payload."""
        for payload, colored in (
            ([1] * 1000, True),
            ([1] * 4000, False),
            ('1' * 900, True),
            # Here the time of rich grows with the square of the length.
            (f'{"1" * 1000}_', False),
        ):
            with mock.patch.object(
                output, '_highlight', wraps=output._highlight
            ) as highlight:
                text = self.shown(base.new_notification(payload))
            self.assertEqual(colored, highlight.called)
            _, _, body = text.partition('\n')
            self.assertEqual(payload, json.loads(body))

    def test_bounds_of_layout(self) -> None:
        """Large or deep payloads are on one line."""
        deep: list[Any] = [1] * 2000
        for _ in range(98):
            deep = [deep]
        for payload in ([1] * 30_000, deep, [deep, 'x']):
            text = self.shown(base.new_notification(payload))
            _, body, end = text.split('\n')
            self.assertEqual('', end)
            self.assertEqual(payload, json.loads(body))

    def test_large_payload_is_not_indented(self) -> None:
        """The view encodes a large payload once, without indentation."""
        dumps = self.useFixture(
            fixtures.MockPatch(
                'unixnotif.cli.output.json.dumps', side_effect=json.dumps
            )
        ).mock
        self.shown(base.new_notification([1] * 30_000))
        dumps.assert_called_once_with(mock.ANY, ensure_ascii=False)

    def test_long_first_line(self) -> None:
        """A long event type has no colors."""
        event_type = 'e' * 5000
        with mock.patch('rich.text.Text.assemble', autospec=True) as assemble:
            text = self.shown(base.new_notification(event_type=event_type))
        assemble.assert_not_called()
        self.assertIn(f'INFO     {event_type}  nova-compute:host1', text)

    @base.fuzz
    @hypothesis.given(hostile.texts)
    def test_every_accepted_document_is_shown(self, payload: bytes) -> None:
        """Both renderers print harmless JSON of the same value."""
        read = hostile.accepted(payload)
        if read is None:
            return
        _, _, body = self.shown(read).partition('\n')
        self.assertEqual(repr(read.payload), repr(json.loads(body)))
        self.assertEqual(set(), unprintable(body))
        terminal = Terminal()
        output.JsonView(terminal).show(read, NOW)
        self.assertEqual(set(), unprintable(terminal.getvalue()))
        self.assertEqual(
            {**read.document, 'sender': None}, json.loads(terminal.getvalue())
        )

    def test_lone_surrogates(self) -> None:
        """File names that are not Unicode do not end the command."""
        raw = io.BytesIO()
        stream = io.TextIOWrapper(raw, encoding='utf-8')
        stream.isatty = lambda: True  # type: ignore[method-assign]
        sent = base.new_notification({'file': 'x\udcff'})
        output.LongView(stream).show(sent, NOW)
        self.assertIn(r'"file": "x\udcff"', raw.getvalue().decode())

    def test_terminal_without_unicode(self) -> None:
        """A character that a terminal's encoding lacks is escaped."""
        raw = io.BytesIO()
        stream = io.TextIOWrapper(raw, encoding='latin-1')
        stream.isatty = lambda: True  # type: ignore[method-assign]
        sent = base.new_notification({'name': 'é\u20ac'}, event_type='\u20ac')
        output.LongView(stream).show(sent, NOW)
        self.assertIn(r'"name": "é\u20ac"', raw.getvalue().decode('latin-1'))
