# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The services: their commands, and the facts that show them ready.

Rule: one row a service, in the order of their start.
"""

from collections.abc import Callable
import dataclasses
from pathlib import Path

from tools import workdirs
from tools.cloud import layout

Environ = dict[str, str]
Command = list[str | Path]


@dataclasses.dataclass(frozen=True)
class Service:
    """A service of OpenStack.

    :ivar name: of its process, and of its log
    :ivar command: returns what to start, and the environment for it
    :ivar port: name of its port, if it has an API
    :ivar path: path of the request that shows that its API is ready
    :ivar database: nova's database with its heartbeat, if it has one
    """

    name: str
    command: Callable[[layout.Layout], tuple[Command, Environ]]
    port: str = ''
    path: str = ''
    database: str = ''

    @property
    def binary(self) -> str:
        """Name of the program, as nova records it."""
        return self.name.removesuffix('-cell1')


def _wsgi(
    port: str, module: str, workers: int, variable: str, path: str
) -> Callable[[layout.Layout], tuple[Command, Environ]]:
    """Return a command as DevStack's uWSGI starts a service.

    :param variable: environment variable with the configuration
    :param path: the configuration, below ``etc``
    """

    def command(where: layout.Layout) -> tuple[Command, Environ]:
        options = {
            'http-socket': f'{layout.HOST}:{getattr(where.ports, port)}',
            'module': f'{module}:application',
            'processes': workers,
            'threads': 4,
            'buffer-size': 65535,
            'add-header': 'Connection: close',
            'worker-reload-mercy': 30,
            'procname-prefix': f'{port} ',
        }
        # "lazy-apps": each worker loads the service after the fork.
        flags = (
            'master', 'enable-threads', 'lazy-apps', 'die-on-term',
            'exit-on-reload', 'need-app', 'thunder-lock',
        )  # fmt: skip
        line: Command = [where.bin / 'pyuwsgi']
        for name, value in options.items():
            line += [f'--{name}', str(value)]
        line += [f'--{name}' for name in flags]
        return line, {variable: str(where.etc / path)} | _mode(where)

    return command


def _nova(
    program: str, file: int
) -> Callable[[layout.Layout], tuple[Command, Environ]]:
    def command(where: layout.Layout) -> tuple[Command, Environ]:
        conf = where.nova_files[file]
        line: Command = [where.bin / program, '--config-file', conf]
        return line, _mode(where)

    return command


def _mode(where: layout.Layout) -> Environ:
    # Under uWSGI, only this variable selects eventlet or threads.
    return {'OS_NOVA_DISABLE_EVENTLET_PATCHING': str(not where.eventlet)}


def _neutron(where: layout.Layout) -> tuple[Command, Environ]:
    line: Command = [where.python, '-m', 'tools.cloud.neutron']
    line.append(str(where.ports.neutron))
    return line, {'PYTHONPATH': str(workdirs.CHECKOUT)}


#: Started together, before the catalog is created.
BASE = (
    Service(
        'keystone',
        _wsgi(
            'keystone', 'keystone.wsgi.api', 2, 'OS_KEYSTONE_CONFIG_FILES',
            'keystone/keystone.conf',
        ),
        port='keystone',
        path='/v3',
    ),
    Service(
        'placement',
        _wsgi(
            'placement', 'placement.wsgi.api', 2, 'OS_PLACEMENT_CONFIG_DIR',
            'placement',
        ),
        port='placement',
        path='/',
    ),
    Service(
        'glance',
        _wsgi(
            'glance', 'glance.wsgi.api', 1, 'OS_GLANCE_CONFIG_DIR', 'glance'
        ),
        port='glance',
        path='/healthcheck',
    ),
    Service('neutron', _neutron, port='neutron', path='/'),
)  # fmt: skip

#: Started together, after the catalog is created.
NOVA = (
    Service(
        'nova-conductor', _nova('nova-conductor', 0), database='nova_cell0'
    ),
    Service(
        'nova-conductor-cell1',
        _nova('nova-conductor', 1),
        database='nova_cell1',
    ),
    Service(
        'nova-scheduler', _nova('nova-scheduler', 0), database='nova_cell0'
    ),
    Service('nova-compute', _nova('nova-compute', 2), database='nova_cell1'),
    Service(
        'nova-api',
        _wsgi(
            'nova', 'nova.wsgi.osapi_compute', 2, 'OS_NOVA_CONFIG_DIR', 'nova'
        ),
        port='nova',
        path='/',
    ),
)

ALL = {service.name: service for service in (*BASE, *NOVA)}
