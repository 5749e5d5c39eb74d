# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The tests that a capture is put to, wherever it comes from."""

import pathlib

from unixnotif import contract
from unixnotif.tests.devstack import capturing
from unixnotif.tests.devstack import checking
from unixnotif.tests.devstack import lifecycle

SAMPLES = pathlib.Path(__file__).with_name('samples')
#: What nova promises of its payloads; see the README beside it.
CATALOGUE = SAMPLES / 'nova.json'


class LifecycleTests:
    """One test for each fact of :mod:`~unixnotif.tests.devstack.checking`."""

    capture: capturing.Capture
    story: lifecycle.Story
    catalogue: contract.Catalogue

    def _check(self, check: checking.Check) -> None:
        check(self.capture, self.story, self.catalogue)

    def test_every_process_emits(self) -> None:
        """nova-api, nova-scheduler, nova-conductor and nova-compute."""
        self._check(checking.every_process_emits)

    def test_steps_are_in_order(self) -> None:
        """Created, rebooted, deleted; scheduled, or not."""
        self._check(checking.steps_are_in_order)

    def test_starts_before_ends(self) -> None:
        """Per server and action."""
        self._check(checking.starts_before_ends)

    def test_versions_are_compatible(self) -> None:
        """With those of the catalogue."""
        self._check(checking.versions_are_compatible)

    def test_contract_holds(self) -> None:
        """For all that was captured."""
        self._check(checking.contract_holds)

    def test_nothing_is_lost(self) -> None:
        """From the first notification to the last."""
        self._check(checking.nothing_is_lost)
