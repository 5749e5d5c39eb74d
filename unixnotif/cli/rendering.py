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

Rule: colours and layout only on a terminal. Text of other processes is
escaped before anything prints it.
"""

from collections.abc import Callable
import io
import json
from typing import IO

from rich import console
from rich import highlighter
from rich import text

from unixnotif import notification
from unixnotif import terminal

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
# Characters; rich needs a second for ten thousand lines.
_MOST_HIGHLIGHTED = 1 << 17


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
        # All ASCII, and no control character: json escapes them.
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
            *((terminal.escape(part), style) for part, style in parts)
        )
        # Long lines are wrapped by the terminal, so that they can be copied.
        self._console.print(head, soft_wrap=True)
        body = json.dumps(received.payload, indent=2, ensure_ascii=False)
        body = terminal.escape_lines(body)
        if len(body) > _MOST_HIGHLIGHTED:
            self._console.file.write(f'{body}\n')
            self._console.file.flush()
        else:
            self._console.print(_highlight(body), soft_wrap=True)


def _style(priority: str) -> str:
    return _STYLES.get(priority.upper(), '')
