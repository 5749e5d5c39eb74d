# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The page: a model as HTML.

Rule: jinja2 escapes every value. The data for the scripts is JSON without
characters of HTML, or base64.
"""

from collections.abc import Iterator
import datetime
from typing import Any
from typing import TYPE_CHECKING

from unixnotif import errors
from unixnotif import grammar
from unixnotif import terminal
from unixnotif.report import columns
from unixnotif.report import rows
from unixnotif.report import scripts
from unixnotif.report.model import Model
from unixnotif.report.totals import Names

if TYPE_CHECKING:
    import jinja2

# Fields of which the summary shows the most frequent names.
_SUMMARIZED = ('event_type', 'publisher_id', 'priority', 'payload')
# Rows of each of these tables.
_MOST = 8


def render(model: Model) -> Iterator[str]:
    """Yield the page in parts.

    :raises UnixNotifError: jinja2 is not installed
    """
    template = _environment().get_template('page.html')
    return template.generate(
        model=model,
        policy=scripts.policy(),
        scripts=scripts.scripts(),
        styles=scripts.styles(),
        libraries=scripts.libraries(),
        tables=_tables(model),
        titles=rows.NAMES,
        data=_data(model),
        columns=columns.encode(model.sample),
        blocks=columns.blocks(model.sample),
    )


def check_installation() -> None:
    """Check that :func:`render` will find its library.

    :raises UnixNotifError: jinja2 is not installed
    """
    _environment()


def _environment() -> 'jinja2.Environment':
    try:
        import jinja2
    except ModuleNotFoundError:
        raise errors.UnixNotifError(
            'jinja2 is not installed; the page needs the extra "report": '
            "pip install 'unixnotif[report]'"
        ) from None
    environment = jinja2.Environment(
        autoescape=True,
        loader=jinja2.PackageLoader('unixnotif.report', 'assets'),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        names=_names,
        number=_number,
        plural=_plural,
        shown=terminal.escape_lines,
        time=_time,
    )
    return environment


def _data(model: Model) -> dict[str, Any]:
    """Return what the scripts need besides rows and documents."""
    return {
        'sizes': columns.sizes(model.sample),
        'step': model.sample.step,
        'titles': rows.NAMES,
        'losses': [
            {
                'received': loss.received,
                'count': loss.count,
                'reasons': loss.reasons,
                'test_id': loss.test_id,
            }
            for loss in model.losses.places
        ],
    }


def _tables(model: Model) -> dict[str, list[tuple[str, int, int]]]:
    """Return the most frequent names by field, with count and percentage."""
    return {
        field: [
            (name, count, round(100 * count / model.totals.count))
            for name, count in model.totals.names[field].most(_MOST)
            if name
        ]
        for field in _SUMMARIZED
    }


def _number(value: int) -> str:
    # A space that does not break the line.
    return f'{value:,}'.replace(',', '\u00a0')


def _plural(value: int, noun: str, plural: str = '') -> str:
    number, _, words = grammar.plural(value, noun, plural).partition(' ')
    return f'{_number(value) if value else number} {words}'


def _names(counted: Names, noun: str) -> str:
    """Return the number of names; beyond the bound it is not known."""
    prefix = 'at least ' if counted.others else ''
    return prefix + _plural(len(counted), noun)


def _time(milliseconds: int | None) -> str:
    """Return a time in UTC, to the second."""
    if milliseconds is None:
        return '-'
    found = datetime.datetime.fromtimestamp(milliseconds // 1000, datetime.UTC)
    return f'{found:%Y-%m-%d %H:%M:%S}'
