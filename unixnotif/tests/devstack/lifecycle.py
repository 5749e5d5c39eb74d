# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The life of a server on any cloud, driven by an admin with openstacksdk.

Rule: every kind of nova process emits: the API for the keypair, the scheduler
and the compute service for a server, the conductor for a server that fits on
no host. The module deletes all objects that it creates, also after a failure.
"""

from collections.abc import Callable
import contextlib
import dataclasses
import secrets
import socket
from typing import Any

# GiB. nova has no quota for disks, and no host has a disk of this size, so the
# server fails with any number of nodes and with any filters.
_NOWHERE = 2**20
#: Seconds per step. Nested virtualization is slow.
TIMEOUT = 600


@dataclasses.dataclass(frozen=True, slots=True)
class Story:
    """The objects whose notifications a capture must contain.

    :ivar keypair: name of the keypair
    :ivar server: id of the server that booted
    :ivar unplaceable: id of the server without a host
    """

    keypair: str
    server: str
    unplaceable: str


class Lifecycle:
    """Drives a cloud.

    :param connection: of openstacksdk, as an admin
    :param host: name of this host, where the capture is; by default the
        host name
    """

    def __init__(self, connection: Any, host: str | None = None) -> None:
        self._host = host or socket.gethostname()
        self._compute = connection.compute
        self._images = connection.image
        # Several runs may share a cloud.
        self._name = f'unixnotif-{secrets.token_hex(4)}'

    def live(self) -> Story:
        """Boot, reboot and delete a server, and fail to boot another.

        :raises LookupError: the cloud has no image, or has several compute
            hosts and none of them is this host
        """
        with contextlib.ExitStack() as undo:
            image = self._image()
            host = self._chosen_host()
            keypair = self._compute.create_keypair(name=self._name)
            undo.callback(self._compute.delete_keypair, keypair)
            server = self._server(
                undo, image, 'lives', keypair.name, host=host
            )
            self._compute.wait_for_server(server, wait=TIMEOUT)
            # A soft reboot waits for a guest that may not react.
            self._compute.reboot_server(server, 'HARD')
            self._compute.wait_for_server(server, wait=TIMEOUT)
            unplaceable = self._server(
                undo, image, 'nowhere', keypair.name, disk=_NOWHERE
            )
            self._compute.wait_for_server(
                unplaceable, 'ERROR', failures=['ACTIVE'], wait=TIMEOUT
            )
        return Story(keypair.name, server.id, unplaceable.id)

    def _chosen_host(self) -> str | None:
        """Return the host for the server, or None if nova has no choice.

        A capture has the notifications of one host: on a cloud with several
        compute hosts, another one could emit those of the server.
        """
        services = self._compute.services(binary='nova-compute')
        hosts = sorted(service.host for service in services)
        if len(hosts) < 2:
            return None
        if self._host not in hosts:
            raise LookupError(
                f'the capture is on {self._host}, which is not a compute '
                f'host; run the tests on one of: {", ".join(hosts)}'
            )
        return self._host

    def _image(self) -> Any:
        """Return the smallest bootable image."""
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
        host: str | None = None,
    ) -> Any:
        # A cloud may have no flavor that fits.
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
            # Networks differ from cloud to cloud.
            networks='none',
            **({'host': host} if host else {}),
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
    """Return the size of the smallest root disk for an image."""
    size = image.virtual_size or image.size or 0
    return max(1, image.min_disk or 0, -(-size // 2**30))
