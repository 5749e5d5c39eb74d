# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The plan of a round."""

from oslotest import base

from tools.chaos import cast
from tools.chaos import disturbances
from tools.chaos import plans
from tools.chaos import replacements


class PlansTest(base.BaseTestCase):
    def plan(self, seed: int, number: int) -> list[plans.Step]:
        """Return a plan."""
        return plans.make(plans.seeded(seed, number))

    def test_reproducible(self) -> None:
        """The same seed gives the same plan; other seeds do not."""
        self.assertEqual(self.plan(1, 2), self.plan(1, 2))
        self.assertNotEqual(self.plan(1, 2), self.plan(1, 3))
        self.assertNotEqual(self.plan(1, 2), self.plan(2, 2))

    def test_in_order(self) -> None:
        """Steps are in the order in which they are due."""
        for number in range(50):
            due = [step.due for step in self.plan(1, number)]
            self.assertEqual(sorted(due), due)
            self.assertLess(max(due), 1)

    def test_every_disturbance_occurs(self) -> None:
        """A long campaign has all disturbances, and all can be carried out."""
        steps = [
            step for number in range(200) for step in self.plan(1, number)
        ]
        self.assertEqual(plans.NAMES, sorted({step.name for step in steps}))
        for step in steps:
            kinds = (disturbances.Disturbances, replacements.Replacements)
            self.assertEqual(
                1, sum(hasattr(kind, step.name) for kind in kinds), step.name
            )
            if step.place == cast.SOCKET:
                self.assertNotIn('directory', step.name)

    def test_only(self) -> None:
        """The plan omits the disturbances that are not chosen."""
        rng = plans.seeded(1, 1)
        names = {step.name for step in plans.make(rng, ['stop_consumer'])}
        self.assertLessEqual(names, {'stop_consumer'})

    def test_shares(self) -> None:
        """The shares of the emitters are percentages of a round."""
        self.assertEqual(100, sum(kind.share for kind in cast.EMITTERS))
