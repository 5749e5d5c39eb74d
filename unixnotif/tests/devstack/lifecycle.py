# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The life of a server, by openstacksdk, on any cloud where we are admin.

Rule: every kind of nova process has to emit: the API for the keypair, the
scheduler and the compute service for a server, the conductor for one that
fits nowhere. All that is made is deleted, also when a step fails.
"""

from collections.abc import Callable
import contextlib
import dataclasses
import secrets
from typing import Any

# GiB. nova has no quota for it, and no host has so much: this fails on one
# node as on a thousand, whatever the scheduler's filters are.
_NOWHERE = 2**20
#: Seconds for one step. Nested virtualization is slow.
TIMEOUT = 600


@dataclasses.dataclass(frozen=True, slots=True)
class Story:
    """The events and names to look for in a capture.

    :ivar keypair: name of the keypair
    :ivar server: id of the server that lived
    :ivar unplaceable: id of the server for which there was no host
    """

    keypair: str
    server: str
    unplaceable: str


class Lifecycle:
    """Drives a cloud.

    :param connection: of openstacksdk, as an admin
    """

    def __init__(self, connection: Any) -> None:
        self._compute = connection.compute
        self._images = connection.image
        # Several runs may share a cloud.
        self._name = f'unixnotif-{secrets.token_hex(4)}'

    def live(self) -> Story:
        """Boot, reboot and delete a server, and fail to boot another.

        :raises LookupError: the cloud has no image
        """
        with contextlib.ExitStack() as undo:
            image = self._image()
            keypair = self._compute.create_keypair(name=self._name)
            undo.callback(self._compute.delete_keypair, keypair)
            server = self._server(undo, image, 'lives', keypair.name)
            self._compute.wait_for_server(server, wait=TIMEOUT)
            # A soft one waits for a guest that may not listen.
            self._compute.reboot_server(server, 'HARD')
            self._compute.wait_for_server(server, wait=TIMEOUT)
            unplaceable = self._server(
                undo, image, 'nowhere', keypair.name, disk=_NOWHERE
            )
            self._compute.wait_for_server(
                unplaceable, 'ERROR', failures=['ACTIVE'], wait=TIMEOUT
            )
        return Story(keypair.name, server.id, unplaceable.id)

    def _image(self) -> Any:
        """The smallest one that can be booted."""
        images = [
            each
            for each in self._images.images()
            if each.status == 'active' and each.disk_format not in _PARTS
        ]
        if not images:
            raise LookupError('the cloud has no image to boot a server from')
        return min(images, key=_gibibytes)

    def _server(
        self,
        undo: contextlib.ExitStack,
        image: Any,
        name: str,
        keypair: str,
        disk: int | None = None,
    ) -> Any:
        # A flavor of our own: a cloud need not have one that fits.
        flavor = self._compute.create_flavor(
            name=f'{self._name}-{name}',
            vcpus=1,
            ram=max(256, image.min_ram or 0),
            disk=disk or _gibibytes(image),
        )
        undo.callback(self._compute.delete_flavor, flavor)
        server = self._compute.create_server(
            name=f'{self._name}-{name}',
            image_id=image.id,
            flavor_id=flavor.id,
            key_name=keypair,
            # Which networks there are, and whose, differs from cloud to
            # cloud.
            networks='none',
        )
        undo.callback(self._delete(server))
        return server

    def _delete(self, server: Any) -> Callable[[], None]:
        def delete() -> None:
            self._compute.delete_server(server)
            self._compute.wait_for_delete(server, wait=TIMEOUT)

        return delete


# Kernels and ramdisks: parts of images.
_PARTS = ('aki', 'ari')


def _gibibytes(image: Any) -> int:
    """The smallest root disk that it fits on."""
    size = image.virtual_size or image.size or 0
    return max(1, image.min_disk or 0, -(-size // 2**30))
