# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Many servers at once, then none, by openstacksdk.

Rule: runs in the environment of the services. Requests that only read are
repeated when a worker of the API dies under them. Other requests are not
repeated, because they would emit twice. The last line of the output is "done".
"""

import argparse
import collections
import secrets
import time
from typing import Any

from keystoneauth1 import exceptions
import openstack

_TIMEOUT = 600.0
_PAUSE = 0.5
_FAILURES = (
    exceptions.ClientException,
    openstack.exceptions.SDKException,
)


class Traffic:
    """Servers of one name.

    :param cloud: connection of openstacksdk, as an administrator
    :param count: number of servers
    """

    def __init__(self, cloud: Any, count: int) -> None:
        self._cloud = cloud
        self._compute = cloud.compute
        self._count = count
        self._name = f'traffic-{secrets.token_hex(4)}'

    def run(self) -> None:
        """Boot the servers, and delete them.

        :raises TimeoutError: the servers do not become what they should
        """
        # The quota is 10 servers.
        self._cloud.set_compute_quotas('admin', instances=-1, cores=-1, ram=-1)
        image = next(iter(self._cloud.image.images()))
        flavor = self._compute.create_flavor(
            name=self._name, vcpus=1, ram=256, disk=1
        )
        self._compute.create_server(
            name=self._name,
            image_id=image.id,
            flavor_id=flavor.id,
            networks='none',
            min_count=self._count,
            max_count=self._count,
        )
        self._wait({'ACTIVE': self._count})
        for server in self._servers():
            self._compute.delete_server(server)
        self._wait({})
        self._compute.delete_flavor(flavor)

    def _servers(self) -> list[Any]:
        deadline = time.monotonic() + _TIMEOUT
        while True:
            try:
                return [
                    server
                    for server in self._compute.servers()
                    if server.name.startswith(self._name)
                ]
            except _FAILURES:
                if time.monotonic() >= deadline:
                    raise
            time.sleep(_PAUSE)

    def _wait(self, wanted: dict[str, int]) -> None:
        deadline = time.monotonic() + _TIMEOUT
        while True:
            states = collections.Counter(
                server.status for server in self._servers()
            )
            if states == wanted:
                return
            if time.monotonic() >= deadline:
                raise TimeoutError(f'{dict(states)} instead of {wanted}')
            time.sleep(_PAUSE)


def main() -> None:
    """Boot and delete a number of servers."""
    options = argparse.ArgumentParser(prog='python -m tools.cloud.traffic')
    options.add_argument('count', type=int)
    with openstack.connect() as cloud:
        Traffic(cloud, options.parse_args().count).run()
    print('done')


if __name__ == '__main__':
    main()
