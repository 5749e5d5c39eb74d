# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Resources that a test creates on a cloud are always deleted.

Rule: that the steps are right is shown on a real nova, by
``tools/nova/lifecycle``; here a step fails.
"""

import types
from typing import Any

from oslotest import base as oslotest

from unixnotif.tests.devstack import lifecycle


class FakeCloud:
    """Stands in for a connection, and notes what is made and deleted.

    :param fails: a method of the compute service
    :param at: which call of it fails, from 1
    """

    def __init__(self, fails: str = '', at: int = 1) -> None:
        self.image = self
        self.compute = self
        self.left: list[str] = []
        self._fails = fails
        self._at = at

    def images(self) -> list[Any]:
        sizes = {'large': 9 << 30, 'small': 3 << 30, 'kernel': 1}
        return [
            types.SimpleNamespace(
                id=name,
                status='active',
                disk_format='aki' if name == 'kernel' else 'qcow2',
                virtual_size=None,
                size=size,
                min_disk=0,
                min_ram=512,
            )
            for name, size in sizes.items()
        ]

    def __getattr__(self, method: str) -> Any:
        def call(*args: Any, **fields: Any) -> Any:
            if method == self._fails:
                self._at -= 1
                if not self._at:
                    raise RuntimeError(f'{method} fails')
            verb, _, kind = method.partition('_')
            if verb == 'create':
                name = f'{kind} {fields["name"]}'
                self.left.append(name)
                return types.SimpleNamespace(id=name, **fields)
            if verb == 'delete':
                self.left.remove(args[0].id)
            return None

        return call


class LifecycleTest(oslotest.BaseTestCase):
    """On a cloud where nothing takes time."""

    def test_nothing_is_left(self) -> None:
        """When all goes well."""
        cloud = FakeCloud()
        story = lifecycle.Lifecycle(cloud).live()
        self.assertEqual([], cloud.left)
        self.assertEqual(f'server {story.keypair}-lives', story.server)
        self.assertEqual(f'server {story.keypair}-nowhere', story.unplaceable)

    def test_nothing_is_left_of_a_failure(self) -> None:
        """Whichever step it was."""
        for method, calls in {
            'create_keypair': 1,
            'create_flavor': 2,
            'create_server': 2,
            'reboot_server': 1,
            'wait_for_server': 3,
        }.items():
            for at in range(1, calls + 1):
                cloud = FakeCloud(method, at)
                error = self.assertRaises(
                    RuntimeError, lifecycle.Lifecycle(cloud).live
                )
                self.assertEqual(f'{method} fails', str(error))
                self.assertEqual([], cloud.left, f'{method}, call {at}')

    def test_a_server_fits_its_image(self) -> None:
        """The smallest image that is one, on a disk that holds it."""
        cloud = FakeCloud('create_server')
        flavors = []
        make = cloud.create_flavor

        def note(**fields: Any) -> Any:
            flavors.append(fields)
            return make(**fields)

        self.patch(cloud, 'create_flavor', note)
        self.assertRaises(RuntimeError, lifecycle.Lifecycle(cloud).live)
        self.assertEqual(3, flavors[0]['disk'])
        self.assertEqual(512, flavors[0]['ram'])

    def test_a_cloud_without_images_is_named_so(self) -> None:
        """Before anything is made."""
        cloud = FakeCloud()
        self.patch(cloud, 'images', list)
        error = self.assertRaises(LookupError, lifecycle.Lifecycle(cloud).live)
        self.assertIn('no image', str(error))
        self.assertEqual([], cloud.left)
