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

"""Calls within a call of publish(), as signal handlers make them."""

from collections.abc import Callable
import itertools

from unixnotif import publisher as publishers
from unixnotif.tests import base
from unixnotif.tests.unit.publisher import scenes


class ReentrancyTest(scenes.SceneCase):
    def disturb(
        self,
        prepare: Callable[[scenes.Scene], None],
        inner: Callable[[scenes.Scene], object],
        check: Callable[[scenes.Scene, str], None],
    ) -> None:
        """Make an inner call at every line of publish(), one at a time."""
        for position in itertools.count():
            places: list[str] = []

            def disturb(place: str, places: list[str] = places) -> None:
                places.append(place)
                inner(scene)

            with self.scene(prepare) as scene:
                scenes.call_at_lines(scene.new_call(), [position], disturb)
                if not places:
                    return
                check(scene, places[0])

    def check_accounts(self, scene: scenes.Scene, place: str) -> None:
        """Every subscriber has each notification, or knows of its loss."""
        scene.settle()
        self.assertEqual([], scene.unaccounted(), place)

    def test_publish(self) -> None:
        """No notification of either call is lost silently or twice there."""
        for name, prepare in scenes.SCENES.items():
            with self.subTest(name):
                self.disturb(
                    prepare, scenes.Scene.publish, self.check_accounts
                )
