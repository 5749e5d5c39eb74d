# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Users, services, endpoints and an image, by openstacksdk.

Rule: runs in the environment of the services, once keystone answers. Each
thing is created once.
"""

import argparse
from typing import Any

import openstack

from tools.cloud import layout

_SERVICES = (
    ('placement', 'placement', ''),
    ('glance', 'image', ''),
    ('nova', 'compute', '/v2.1'),
    ('neutron', 'network', ''),
)


def create_users(identity: Any) -> None:
    """Create a user for each service, in the project of services."""
    project = identity.find_project('service') or identity.create_project(
        name='service', domain_id='default'
    )
    roles = {role.name: role for role in identity.roles()}
    if 'service' not in roles:
        roles['service'] = identity.create_role(name='service')
    for name, _, _ in _SERVICES:
        if identity.find_user(name):
            continue
        user = identity.create_user(
            name=name,
            password=layout.PASSWORD,
            domain_id='default',
            default_project_id=project.id,
        )
        for role in ('admin', 'service'):
            identity.assign_project_role_to_user(project, user, roles[role])


def create_endpoints(identity: Any, ports: dict[str, int]) -> None:
    """Create the catalog of services."""
    known = {service.type for service in identity.services()}
    for name, kind, path in _SERVICES:
        if kind in known:
            continue
        service = identity.create_service(name=name, type=kind)
        for interface in ('public', 'internal', 'admin'):
            identity.create_endpoint(
                service_id=service.id,
                interface=interface,
                region_id='RegionOne',
                url=f'http://{layout.HOST}:{ports[name]}{path}',
            )


def create_image(image: Any) -> None:
    """Create an image that a server can boot from."""
    if not any(True for _ in image.images()):
        image.create_image(
            name='tiny',
            data=b'\0' * 1024,
            disk_format='raw',
            container_format='bare',
            visibility='public',
            allow_duplicates=True,
        )


def create_flavor(compute: Any) -> None:
    """Create a flavor for those who try the cloud by hand."""
    if not any(flavor.name == 'tiny' for flavor in compute.flavors()):
        compute.create_flavor(name='tiny', vcpus=1, ram=256, disk=1)


def touch(cloud: Any) -> None:
    """Let keystone and glance emit: create something, and delete it."""
    user = cloud.identity.create_user(
        name='touched', password=layout.PASSWORD, domain_id='default'
    )
    cloud.identity.delete_user(user)
    image = cloud.image.create_image(
        name='touched',
        data=b'x',
        disk_format='raw',
        container_format='bare',
        allow_duplicates=True,
    )
    cloud.image.delete_image(image)


def main() -> None:
    """Create what a command names."""
    options = argparse.ArgumentParser(prog='python -m tools.cloud.catalog')
    options.add_argument(
        'what', choices=['identity', 'image', 'flavor', 'touch']
    )
    for name, _, _ in _SERVICES:
        options.add_argument(f'--{name}', type=int, default=0)
    arguments = options.parse_args()
    with openstack.connect() as cloud:
        if arguments.what == 'identity':
            create_users(cloud.identity)
            create_endpoints(cloud.identity, vars(arguments))
        elif arguments.what == 'image':
            create_image(cloud.image)
        elif arguments.what == 'flavor':
            create_flavor(cloud.compute)
        else:
            touch(cloud)


if __name__ == '__main__':
    main()
