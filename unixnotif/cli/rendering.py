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
from typing import Any
from typing import Final
from typing import IO

from rich import console
from rich import highlighter
from rich import text

from unixnotif import filter as filters
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
# Characters of a payload with colors, and of each of its lines. The time of
# rich grows with the number of lines, and with the square of a line's length.
_MAX_COLORED: Final = 1 << 14
_MAX_COLORED_LINE: Final = 1000
# Characters of a payload with a line for each item, without and with
# indentation: in a hundred lists each character needs two hundred spaces.
_MAX_INDENTED: Final = 1 << 16
_MAX_INDENTATION: Final = 1 << 18
# Characters of the first line with colors.
_MAX_HEAD: Final = 1 << 12


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
        escaped = [(terminal.escape(part), style) for part, style in parts]
        if sum(len(part) for part, _ in escaped) > _MAX_HEAD:
            self._write(''.join(part for part, _ in escaped))
        else:
            head = text.Text.assemble(*escaped)
            # Long lines are wrapped by the terminal, so that they can be
            # copied.
            self._console.print(head, soft_wrap=True)
        body = terminal.escape_lines(_laid_out(received.payload))
        if len(body) > _MAX_COLORED or any(
            len(line) > _MAX_COLORED_LINE for line in body.split('\n')
        ):
            self._write(body)
        else:
            self._console.print(_highlight(body), soft_wrap=True)

    def _write(self, plain: str) -> None:
        self._console.file.write(f'{plain}\n')
        self._console.file.flush()


def _laid_out(payload: Any) -> str:
    """Return a payload as JSON, on one line if it is large or deep."""
    compact = json.dumps(payload, ensure_ascii=False)
    if len(compact) > _MAX_INDENTED:
        return compact
    indented = json.dumps(payload, indent=2, ensure_ascii=False)
    return compact if len(indented) > _MAX_INDENTATION else indented


def _style(priority: str) -> str:
    return _STYLES.get(filters.normalize_priority(priority), '')
