# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Databases of the services, filled by the services' own commands.

Rule: keystone, placement and glance on one side and nova on the other are
independent, so that both cores are used.
"""

from collections.abc import Callable
from concurrent import futures
import grp
import os
from pathlib import Path
import pwd
import subprocess

from tools.cloud import configuration
from tools.cloud import layout
from tools.cloud import processes
from tools.cloud import servers


def fill(
    where: layout.Layout,
    known: processes.Processes,
    database: servers.MariaDB,
) -> None:
    """Create all tables, and keystone's first user.

    :raises ServiceError: a command fails; with the end of its log
    """
    tasks: list[Callable[[], None]] = [
        lambda: _fill_nova(where, known, database),
        lambda: _fill_others(where, known),
    ]
    with futures.ThreadPoolExecutor(len(tasks)) as pool:
        for task in [pool.submit(each) for each in tasks]:
            task.result()


def _fill_others(where: layout.Layout, known: processes.Processes) -> None:
    def keystone(*arguments: str) -> None:
        _manage(where, known, 'keystone', where.keystone_conf, *arguments)

    keystone('db_sync')
    user = pwd.getpwuid(os.geteuid()).pw_name
    group = grp.getgrgid(os.getegid()).gr_name
    for name in ('fernet', 'credential'):
        keystone(
            f'{name}_setup', '--keystone-user', user,
            '--keystone-group', group,
        )  # fmt: skip
    url = where.url('keystone', '/v3')
    keystone(
        'bootstrap', '--bootstrap-password', layout.PASSWORD,
        '--bootstrap-region-id', 'RegionOne',
        '--bootstrap-public-url', url, '--bootstrap-internal-url', url,
        '--bootstrap-admin-url', url,
    )  # fmt: skip
    _manage(where, known, 'placement', where.placement_conf, 'db', 'sync')
    _manage(where, known, 'glance', where.glance_conf, 'db_sync')


def _fill_nova(
    where: layout.Layout,
    known: processes.Processes,
    database: servers.MariaDB,
) -> None:
    def nova(*arguments: str) -> None:
        manage_nova(where, known, *arguments)

    nova('api_db', 'sync')
    nova(
        'cell_v2', 'map_cell0', '--database_connection',
        where.database('nova_cell0'),
    )  # fmt: skip
    nova('db', 'sync', '--local_cell')
    database.copy('nova_cell0', 'nova_cell1')
    nova(
        'cell_v2', 'create_cell', '--name', 'cell1',
        '--transport-url', where.rabbit('nova_cell1'),
        '--database_connection', where.database('nova_cell1'),
    )  # fmt: skip


def manage_nova(
    where: layout.Layout, known: processes.Processes, *arguments: str
) -> None:
    """Run nova-manage.

    :raises ServiceError: it fails
    """
    _manage(where, known, 'nova', where.nova_files[0], *arguments)


def _manage(
    where: layout.Layout,
    known: processes.Processes,
    service: str,
    conf: Path,
    *arguments: str,
) -> None:
    name = f'{service}-manage'
    log = known.log(name)
    with log.open('ab') as output:
        done = subprocess.run(
            [where.bin / name, '--config-file', conf, *arguments],
            cwd=where.top,
            # The commands of nova patch Python as its services do.
            env=configuration.environ(
                where, OS_NOVA_DISABLE_EVENTLET_PATCHING='True'
            ),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if done.returncode:
        raise processes.failure(f'{name} {arguments[0]}', 'fails', log)
