# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Deletion of all created objects, after success and failure.

Rule: ``tools/nova/lifecycle`` proves the steps on a real nova; here, steps
fail.
"""

import types
from typing import Any

from oslotest import base as oslotest

from unixnotif.tests.devstack import lifecycle


class FakeCloud:
    """A stand-in for a connection, which lists the remaining objects.

    :param fails: the failing method of the compute service
    :param at: number of the failing call, from 1
    :param hosts: names of its compute hosts
    """

    def __init__(
        self, fails: str = '', at: int = 1, hosts: tuple[str, ...] = ('one',)
    ) -> None:
        self._hosts = hosts
        #: Host of each server, by its name; None if nova may choose.
        self.placed: dict[str, str | None] = {}
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

    def services(self, binary: str) -> list[Any]:
        assert binary == 'nova-compute', binary
        return [types.SimpleNamespace(host=name) for name in self._hosts]

    def __getattr__(self, method: str) -> Any:
        def call(*args: Any, **fields: Any) -> Any:
            if method == self._fails:
                self._at -= 1
                if not self._at:
                    raise RuntimeError(f'{method} fails')
            verb, _, kind = method.partition('_')
            if kind == 'server' and verb == 'create':
                suffix = fields['name'].rpartition('-')[2]
                self.placed[suffix] = fields.get('host')
            if verb == 'create':
                name = f'{kind} {fields["name"]}'
                self.left.append(name)
                return types.SimpleNamespace(id=name, **fields)
            if verb == 'delete':
                self.left.remove(args[0].id)
            return None

        return call


class LifecycleTest(oslotest.BaseTestCase):
    """Runs on a cloud without delays."""

    def test_nothing_is_left(self) -> None:
        """A successful run deletes all objects."""
        cloud = FakeCloud()
        story = lifecycle.Lifecycle(cloud).live()
        self.assertEqual([], cloud.left)
        self.assertEqual(f'server {story.keypair}-lives', story.server)
        self.assertEqual(f'server {story.keypair}-nowhere', story.unplaceable)

    def test_nothing_is_left_of_a_failure(self) -> None:
        """A failure of any step deletes all objects."""
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
        """The flavor has room for the smallest bootable image."""
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

    def test_several_hosts(self) -> None:
        """The server is on the host of the capture, if nova has a choice."""
        for hosts, pinned in (
            (('one',), None),
            (('two',), None),
            (('one', 'two'), 'one'),
        ):
            cloud = FakeCloud(hosts=hosts)
            lifecycle.Lifecycle(cloud, 'one').live()
            self.assertEqual({'lives': pinned, 'nowhere': None}, cloud.placed)

    def test_a_host_without_servers(self) -> None:
        """The run refuses a host whose capture would miss the server."""
        cloud = FakeCloud(hosts=('two', 'three'))
        error = self.assertRaises(
            LookupError, lifecycle.Lifecycle(cloud, 'one').live
        )
        self.assertEqual(
            'the capture is on one, which is not a compute host; run the '
            'tests on one of: three, two',
            str(error),
        )
        self.assertEqual([], cloud.left)

    def test_a_cloud_without_images_is_named_so(self) -> None:
        """The run fails before it creates an object."""
        cloud = FakeCloud()
        self.patch(cloud, 'images', list)
        error = self.assertRaises(LookupError, lifecycle.Lifecycle(cloud).live)
        self.assertIn('no image', str(error))
        self.assertEqual([], cloud.left)
