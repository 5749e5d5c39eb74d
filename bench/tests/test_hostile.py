# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Measurement and verdict of calls beside attackers."""

from collections.abc import Iterator
import functools
import os
import time
from typing import Any
import unittest

from oslotest import base

from bench import attacks
from bench import hostile
from bench import scenarios
from bench import stages
from bench import targets

_SCALE = hostile.Scale(1, 0.1, 1, 0.5)


def _attack(place: attacks.Place) -> Iterator[None]:
    yield
    attacks.wait_for_ever()


def _service(sleep: float, uri: str, seconds: float) -> scenarios.Service:
    yield None
    yield None
    time.sleep(sleep)
    yield [float(os.geteuid())]


class RowTest(base.BaseTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.attack = attacks.Attack('test', _attack)
        self.scenario = scenarios.Scenario(
            'publish()',
            'unix',
            functools.partial(_service, 0.0),
            (self.attack,),
        )

    def _row(self, *attacked: list[float]) -> dict[str, Any]:
        calm = [[1.0, 3.0], [1.0, 2.0], [1.0, 80.0]]
        return hostile._row(self.scenario, self.attack, calm, list(attacked))

    def test_noise(self) -> None:
        """Noise in one round of three does not count."""
        row = self._row([1.0, 99.0], [1.0, 5.0], [1.0, 4.0])
        self.assertEqual(3.0, row['calm_worst_ms'])
        self.assertEqual(5.0, row['worst_ms'])
        self.assertEqual(2.0, row['above_ms'])
        self.assertEqual('met', row['verdict'])

    def test_missed(self) -> None:
        """The target is missed if an attack works in two of three rounds."""
        row = self._row([1.0, 99.0], [60.0], [1.0])
        self.assertEqual('MISSED', row['verdict'])
        (target,) = targets.check({'hostile': [row]})
        self.assertFalse(target.met)
        self.assertIn('publish(), unix, test', target.text)

    def test_percentile(self) -> None:
        """The percentile is that of the calls of all rounds."""
        row = self._row([float(n) for n in range(100)], [200.0] * 2)
        self.assertEqual(102, row['calls'])
        self.assertEqual(200.0, row['p99_ms'])


@unittest.skipIf(os.geteuid() != 0, 'only root may do this')
class RoundTest(base.BaseTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.stage = stages.Stage()
        self.enterContext(self.stage)
        # The users of a round must reach its directory.
        os.chmod(self.stage.directory, 0o711)
        os.chmod(os.path.dirname(self.stage.directory), 0o711)

    def _round(
        self, sleep: float, attack: attacks.Attack | None
    ) -> list[float]:
        scenario = scenarios.Scenario(
            'test', 'unix', functools.partial(_service, sleep), ()
        )
        return hostile._round(self.stage, _SCALE, scenario, attack)

    def test_user(self) -> None:
        """The service runs as its own user."""
        attack = attacks.Attack('test', _attack, 2)
        self.assertEqual([65534.0], self._round(0.0, attack))

    def test_endless_call(self) -> None:
        """A call that never returns counts as long as the scale's patience."""
        self.assertEqual([500.0], self._round(60.0, None))

    def test_attacker_ends(self) -> None:
        """An attacker that ends is an error of the benchmark."""
        attack = attacks.Attack('test', lambda place: iter([None]))
        self.assertRaises(RuntimeError, self._round, 0.2, attack)

    def test_storm(self) -> None:
        """A publisher is measured while attackers connect."""
        scenario, attack = next(
            (scenario, attack)
            for scenario in scenarios.scenarios()
            for attack in scenario.attacks
            if scenario.scheme == 'unix' and attack.name == 'storm'
        )
        calls = hostile._round(self.stage, _SCALE, scenario, attack)
        self.assertGreater(min(calls), 0)
