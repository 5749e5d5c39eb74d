# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Disturbances of addresses: directories, links and sockets are replaced.

Rule: when a directory is replaced, the books exempt the calls of ``publish``
that were in progress or began in the meantime. The exemption ends 0.2 seconds
after all consumers have subscribed to the new directory. The books exempt
nothing when the socket of a living owner is removed.
"""

from collections.abc import Callable
import random

from tools.chaos import companies
from tools.chaos import disturbances
from tools.chaos import places
from tools.chaos.ledger import StreamWord

# Publishers notice a new directory within 0.2 seconds. The rest is a margin
# for coarse clocks.
_NOTICE = 0.2 + 0.02


class Replacements:
    """Replacements of directories, links and sockets.

    :param company: the processes
    :param rng: selects processes and durations
    """

    def __init__(self, company: companies.Company, rng: random.Random) -> None:
        self._company = company
        self._rng = rng

    def recreate_directory(self, name: str) -> None:
        """Recreate a directory, without its sockets."""
        place = self._company.places[name]
        assert isinstance(place, places.Directory | places.Link)
        self._replace(place, place.recreate)

    def rename_directory(self, name: str) -> None:
        """Rename a directory, and create a new directory."""
        place = self._company.places[name]
        assert isinstance(place, places.Directory)
        self._replace(place, place.rename)

    def switch_link(self, name: str) -> None:
        """Switch the symbolic link to a new directory."""
        place = self._company.places[name]
        assert isinstance(place, places.Link)
        self._replace(place, place.switch)

    def _replace(
        self, place: places.Place, replace: Callable[[], object]
    ) -> None:
        book = self._company.books[place.name]
        before = book.snapshot(StreamWord.DONE)
        with disturbances.stopped(self._company, place.name, self._rng):
            replace()
        expected = {child.pid for child in self._company.consuming(place.name)}
        self._company.processes.wait_for(
            f'all consumers to subscribe again to {place.address}',
            lambda: place.subscribers() >= expected,
        )
        self._company.processes.pause(_NOTICE)
        book.exempt(before)

    def remove_socket(self, name: str) -> None:
        """Remove the socket of a living owner, which recreates it."""
        place = self._company.places[name]
        assert isinstance(place, places.Socket)
        place.remove()
        self._await_socket(place)

    def recreate_parent(self, name: str) -> None:
        """Recreate the directory of the socket of a living owner."""
        place = self._company.places[name]
        assert isinstance(place, places.Socket)
        place.recreate_parent()
        self._await_socket(place)

    def _await_socket(self, place: places.Socket) -> None:
        self._company.wait_for(
            place.name, f'a new socket at {place.address}', place.exists
        )
