# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The tests of a capture, from a cloud or from a recording."""

import pathlib

from unixnotif import contract
from unixnotif.tests.devstack import capturing
from unixnotif.tests.devstack import checking
from unixnotif.tests.devstack import lifecycle

SAMPLES = pathlib.Path(__file__).with_name('samples')
#: The catalogue of nova's payloads; see README.rst.
CATALOGUE = SAMPLES / 'nova.json'


class LifecycleTests:
    """One test per check of :mod:`~unixnotif.tests.devstack.checking`."""

    capture: capturing.Capture
    story: lifecycle.Story
    catalogue: contract.Catalogue

    def _check(self, check: checking.Check) -> None:
        check(self.capture, self.story, self.catalogue)

    def test_every_process_emits(self) -> None:
        """nova-api, nova-scheduler, nova-conductor and nova-compute emit."""
        self._check(checking.every_process_emits)

    def test_steps_are_in_order(self) -> None:
        """Steps of the keypair and of each server are in order."""
        self._check(checking.steps_are_in_order)

    def test_starts_before_ends(self) -> None:
        """Each action on each server starts before it ends."""
        self._check(checking.starts_before_ends)

    def test_versions_are_compatible(self) -> None:
        """Consumers of the catalogue can read each version."""
        self._check(checking.versions_are_compatible)

    def test_contract_holds(self) -> None:
        """All captured payloads follow the contract."""
        self._check(checking.contract_holds)

    def test_nothing_is_lost(self) -> None:
        """The capture contains no lost record."""
        self._check(checking.nothing_is_lost)
