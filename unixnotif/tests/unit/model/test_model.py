# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The model finds no violation, except in deliberately broken variants.

Rule: to explore many more interleavings, set ``UNIXNOTIF_TEST_SCALE=full``.
"""

import os
from typing import Any

import hypothesis
from hypothesis import stateful

from unixnotif.tests import base
from unixnotif.tests.unit.model import accounts
from unixnotif.tests.unit.model import broken
from unixnotif.tests.unit.model import machine

# These tests need a failure, not a short one.
_UNSHRUNK = hypothesis.settings(
    machine.SETTINGS, phases=[hypothesis.Phase.generate]
)


class TestModel(base.TestCase):
    """Publishers and consumers keep the promises in every interleaving."""

    def test_promises(self) -> None:
        """Received + reported = emitted, in order, without errors or leaks."""
        stateful.run_state_machine_as_test(
            machine.Machine, settings=machine.SETTINGS
        )


class TestBrokenVariants(base.TestCase):
    """The model rejects a variant that breaks an invariant."""

    def check_rejected(
        self, expected: type[AssertionError], message: str, **variant: Any
    ) -> None:
        """Run the model with a broken class."""
        broken_machine = type('Machine', (machine.Machine,), variant)
        self.assertRaisesRegex(
            expected,
            message,
            stateful.run_state_machine_as_test,
            broken_machine,
            settings=_UNSHRUNK,
        )

    def test_vanished_document(self) -> None:
        """A delivered document must arrive."""
        self.check_rejected(
            accounts.ConservationError,
            'delivered, but not received',
            publisher_class=broken.SwallowingPublisher,
        )

    def test_forgotten_drop(self) -> None:
        """A publisher must report every drop."""
        self.check_rejected(
            accounts.ConservationError,
            'too few reported as lost',
            consumer_class=broken.ForgettingConsumer,
        )

    def test_invented_drop(self) -> None:
        """A publisher must not report more drops than there were."""
        self.check_rejected(
            accounts.ConservationError,
            'too many reported as lost',
            consumer_class=broken.InventingConsumer,
        )

    def test_repeated_document(self) -> None:
        """A document must not arrive twice."""
        self.check_rejected(
            accounts.ConservationError,
            'received twice',
            consumer_class=broken.RepeatingConsumer,
        )

    def test_disorder(self) -> None:
        """The documents of a process must arrive in order."""
        self.check_rejected(
            accounts.OrderError,
            'received after',
            consumer_class=broken.SwappingConsumer,
        )

    def test_unnoticed_replacement(self) -> None:
        """A consumer must notice that its address was replaced."""
        self.check_rejected(
            accounts.ConservationError,
            'was owed to',
            consumer_class=broken.DeafConsumer,
        )

    def test_exception_of_publisher(self) -> None:
        """A publisher must not raise an exception."""
        self.check_rejected(
            accounts.RaisedError,
            'BlockingIOError',
            publisher_class=broken.RaisingPublisher,
        )

    def test_exception_of_consumer(self) -> None:
        """A consumer must not raise an exception."""
        self.check_rejected(
            accounts.RaisedError,
            'KeyError',
            consumer_class=broken.RaisingConsumer,
        )

    def test_leaked_descriptor(self) -> None:
        """A process must not leave a descriptor open."""
        self.addCleanup(self._close_leaked)
        self.check_rejected(
            accounts.LeakError,
            'descriptors became',
            publisher_class=broken.LeakingPublisher,
        )

    def _close_leaked(self) -> None:
        while broken.LeakingPublisher.leaked:
            os.close(broken.LeakingPublisher.leaked.pop())
