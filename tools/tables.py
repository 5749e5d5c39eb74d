# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Tables of text.

Rule: pure functions.
"""

from collections.abc import Sequence


def lay_out(rows: Sequence[Sequence[str]], names: int = 1) -> list[str]:
    """Return the lines of a table, with a rule below its head.

    :param rows: the head and the rows, with equally many cells
    :param names: number of leading columns that hold names, which stand on
        the left; the others hold numbers
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        '  '.join(
            cell.ljust(width) if number < names else cell.rjust(width)
            for number, (cell, width) in enumerate(
                zip(row, widths, strict=True)
            )
        ).rstrip()
        for row in rows
    ]
    lines.insert(1, '  '.join('-' * width for width in widths))
    return lines
