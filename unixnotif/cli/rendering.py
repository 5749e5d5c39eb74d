#    Licensed under the Apache License, Version 2.0 (the "License"); you may
#    not use this file except in compliance with the License. You may obtain
#    a copy of the License at
#
#         http://www.apache.org/licenses/LICENSE-2.0
#
#    Unless required by applicable law or agreed to in writing, software
#    distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
#    WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
#    License for the specific language governing permissions and limitations
#    under the License.

"""How a notification looks: JSON for programs, colours for people.

Rule: colours and layout only on a terminal.
"""

from collections.abc import Callable
import io
import json
from typing import IO

from rich import console
from rich import highlighter
from rich import text

from unixnotif import notification

Show = Callable[[notification.Notification], None]

_STYLES = {
    'DEBUG': 'dim',
    'SAMPLE': 'dim',
    'AUDIT': 'cyan',
    'INFO': 'green',
    'WARN': 'yellow',
    'ERROR': 'bold red',
    'CRITICAL': 'bold white on red',
}

_highlight = highlighter.JSONHighlighter()


def renderer(stream: IO[str], as_json: bool = False) -> Show:
    """What shows notifications on a stream.

    :param as_json: JSON lines even on a terminal
    """
    if as_json or not stream.isatty():
        return _Lines(stream)
    return _Pretty(stream)


class _Lines:
    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream

    def __call__(self, received: notification.Notification) -> None:
        line = json.dumps(received.document, separators=(',', ':'))
        self._stream.write(line + '\n')
        # Whoever reads the pipe wants it now.
        self._stream.flush()


class _Pretty:
    def __init__(self, stream: IO[str]) -> None:
        if isinstance(stream, io.TextIOWrapper):
            # Not every terminal shows every character.
            stream.reconfigure(errors='backslashreplace')
        self._console = console.Console(file=stream, highlight=False)

    def __call__(self, received: notification.Notification) -> None:
        parts = [
            (f'{received.timestamp} ', 'dim'),
            (f'{received.priority:<8} ', _style(received.priority)),
            (received.event_type, 'bold'),
            (f'  {received.publisher_id}', ''),
            (f'  pid {received.sender.pid}' if received.sender else '', 'dim'),
            (''.join(f'  {topic}' for topic in received.topics), 'dim'),
        ]
        head = text.Text.assemble(
            *((_printable(part), style) for part, style in parts)
        )
        # Long lines are wrapped by the terminal, so that they can be copied.
        self._console.print(head, soft_wrap=True)
        body = json.dumps(received.payload, indent=2, ensure_ascii=False)
        body = '\n'.join(map(_printable, body.split('\n')))
        self._console.print(_highlight(body), soft_wrap=True)


def _style(priority: str) -> str:
    return _STYLES.get(priority.upper(), '')


def _printable(line: str) -> str:
    """A line without what would steer the terminal, or has no encoding."""
    if line.isprintable():
        return line
    return ''.join(
        char if char.isprintable() else ascii(char)[1:-1] for char in line
    )
