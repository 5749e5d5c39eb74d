# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Suggestions for misspelled names: "did you mean"."""

from collections.abc import Iterable
import difflib
from typing import Final

# Maximum difference between the difflib ratios of names that count as equally
# near.
_MARGIN: Final = 0.1


def similar(name: str, known: Iterable[str]) -> str:
    """Return a suggestion for a misspelled name; empty if none is near.

    A name may lack its prefix, which ends with a colon.
    """
    names = sorted(known)
    short = [each for each in names if each.rpartition(':')[2] == name]
    near = short or _nearest(name, names)
    return f'; did you mean {" or ".join(near)}?' if near else ''


def _nearest(name: str, names: list[str]) -> list[str]:
    """Return the names that are about as near as the nearest."""

    def ratio(other: str) -> float:
        return difflib.SequenceMatcher(None, other, name).ratio()

    near = difflib.get_close_matches(name, names, 3)
    return [each for each in near if ratio(each) >= ratio(near[0]) - _MARGIN]
