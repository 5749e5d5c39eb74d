# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Configuration files of the services.

Rule: this module writes what DevStack's libraries write. The sections of
notifications are written by the DevStack plugin's own functions, afterwards.
"""

from collections.abc import Mapping
import json
import os
from pathlib import Path
import shutil
import subprocess

from tools import errors
from tools import workdirs
from tools.cloud import layout

Sections = dict[str, dict[str, object]]

#: Databases; both cells of nova have the same tables.
DATABASES = (
    'keystone',
    'placement',
    'glance',
    'nova_api',
    'nova_cell0',
    'nova_cell1',
)
_PLUGIN = Path(__file__).with_name('plugin.sh')


def write_all(where: layout.Layout) -> None:
    """Write every file but the sections of notifications."""
    for name in ('nova', 'keystone', 'placement', 'glance'):
        (where.etc / name).mkdir(parents=True)
    _write(where.keystone_conf, _keystone(where))
    _write(where.placement_conf, _placement(where))
    _write(where.glance_conf, _glance(where))
    _write_nova(where)
    where.clouds_yaml.write_text(_clouds(where))


def configure_notifications(
    where: layout.Layout, settings: Mapping[str, str] | None = None
) -> None:
    """Let the DevStack plugin write the sections of notifications.

    :param settings: of local.conf, for example ``UNIXNOTIF_DRIVERS``
    :raises ToolError: the plugin refuses the settings
    """
    nova, cell, compute = where.nova_files
    done = subprocess.run(
        ['bash', _PLUGIN],
        env=workdirs.clean_environ()
        | {
            'CHECKOUT': str(workdirs.CHECKOUT),
            'DATA_DIR': str(where.top),
            'NOVA_CONF': str(nova),
            'CELL_CONF': str(cell),
            'KEYSTONE_CONF': str(where.keystone_conf),
            'GLANCE_API_CONF': str(where.glance_conf),
        }
        | dict(settings or {}),
        cwd=where.top,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    (where.logs / 'plugin.log').write_text(done.stdout)
    if done.returncode:
        raise errors.ToolError(f'the DevStack plugin fails:\n{done.stdout}')
    # As DevStack's start_nova_compute does.
    _copy_for_compute(where, nova, compute)


def _write(path: Path, sections: Sections) -> None:
    lines = []
    for section, options in sections.items():
        lines.append(f'[{section}]')
        lines += [f'{name} = {value}' for name, value in options.items()]
    path.write_text('\n'.join(lines) + '\n')


def _credentials(where: layout.Layout, user: str) -> dict[str, object]:
    return {
        'auth_type': 'password',
        'auth_url': where.url('keystone', '/v3'),
        'username': user,
        'password': layout.PASSWORD,
        'project_name': 'service',
        'user_domain_name': 'Default',
        'project_domain_name': 'Default',
        'region_name': 'RegionOne',
    }


def _authtoken(where: layout.Layout, user: str) -> Sections:
    return {
        'keystone_authtoken': {
            **_credentials(where, user),
            'www_authenticate_uri': where.url('keystone', '/v3'),
            'interface': 'public',
            'service_token_roles_required': 'true',
        }
    }


def _bus(where: layout.Layout) -> Sections:
    """Return the bus of notifications, for drivers that need a bus."""
    return {
        'oslo_messaging_notifications': {
            'transport_url': where.rabbit('notifications')
        }
    }


def _keystone(where: layout.Layout) -> Sections:
    top = where.top / 'keystone'
    return {
        'database': {'connection': where.database('keystone')},
        'token': {'provider': 'fernet'},
        'fernet_tokens': {'key_repository': top / 'fernet-keys'},
        'credential': {'key_repository': top / 'credential-keys'},
        'cache': {'enabled': 'false'},
        **_bus(where),
    }


def _placement(where: layout.Layout) -> Sections:
    return {
        'DEFAULT': {'state_path': where.top / 'placement'},
        'api': {'auth_strategy': 'keystone'},
        'placement_database': {'connection': where.database('placement')},
        **_authtoken(where, 'placement'),
    }


def _glance(where: layout.Layout) -> Sections:
    top = where.top / 'glance'
    return {
        'DEFAULT': {
            'enabled_backends': 'file:file',
            'worker_self_reference_url': where.url('glance'),
            'image_cache_dir': top / 'cache',
        },
        'glance_store': {'default_backend': 'file'},
        'file': {'filesystem_store_datadir': top / 'images'},
        'os_glance_staging_store': {'filesystem_store_datadir': top / 'stage'},
        'os_glance_tasks_store': {'filesystem_store_datadir': top / 'tasks'},
        'database': {'connection': where.database('glance')},
        'paste_deploy': {
            'flavor': 'keystone',
            'config_file': where.venv / 'etc/glance/glance-api-paste.ini',
        },
        'oslo_policy': {'policy_dirs': where.etc / 'glance' / 'policy.d'},
        **_bus(where),
        **_authtoken(where, 'glance'),
    }


def _write_nova(where: layout.Layout) -> None:
    nova, cell, _ = where.nova_files
    _write(
        nova,
        {
            **_nova(where, ''),
            'database': {'connection': where.database('nova_cell0')},
            'api_database': {'connection': where.database('nova_api')},
            **_bus(where),
            # The plugin sets notification_format, here and for the cell
            # conductor.
            'notifications': {'notify_on_state_change': 'vm_and_task_state'},
        },
    )
    _write(
        cell,
        {
            **_nova(where, 'nova_cell1'),
            'database': {'connection': where.database('nova_cell1')},
            'notifications': {'notify_on_state_change': 'vm_and_task_state'},
        },
    )
    # nova's WSGI application takes its first file as the configuration of
    # Paste Deploy. Without api-paste.ini, the first file would be nova.conf.
    shutil.copy(where.venv / 'etc/nova/api-paste.ini', nova.parent)


def _nova(where: layout.Layout, vhost: str) -> Sections:
    credentials = _credentials(where, 'nova')
    return {
        'DEFAULT': {
            'transport_url': where.rabbit(vhost),
            'state_path': where.top / 'nova',
            'report_interval': 3,
            'my_ip': layout.HOST,
            'host': layout.NAME,
            # The other fake drivers do not keep the identity of their node,
            # so they do not start a second time.
            'compute_driver': 'fake.FakeDriverWithoutFakeNodes',
            'flat_injected': 'false',
        },
        'api': {'auth_strategy': 'keystone'},
        'oslo_concurrency': {'lock_path': where.top / 'nova' / 'lock'},
        'scheduler': {'workers': 2, 'discover_hosts_in_cells_interval': -1},
        'conductor': {'workers': 2},
        'glance': {
            **credentials,
            'service_type': 'image',
            'endpoint_override': where.url('glance'),
        },
        'neutron': credentials,
        'placement': credentials,
        'service_user': {**credentials, 'send_service_user_token': 'true'},
        **_authtoken(where, 'nova'),
    }


def _copy_for_compute(where: layout.Layout, nova: Path, compute: Path) -> None:
    """Write nova-cpu.conf: nova.conf with the cell's bus, no database."""
    text = nova.read_text()
    text = text.replace(
        where.rabbit('') + '\n', where.rabbit('nova_cell1') + '\n'
    )
    for name in ('nova_cell0', 'nova_api'):
        text = text.replace(f'connection = {where.database(name)}\n', '')
    compute.write_text(text)


def _clouds(where: layout.Layout) -> str:
    # YAML is a superset of JSON.
    access = {
        'auth_url': where.url('keystone', '/v3'),
        'username': 'admin',
        'password': layout.PASSWORD,
        'project_name': 'admin',
        'user_domain_name': 'Default',
        'project_domain_name': 'Default',
    }
    cloud = {
        'region_name': 'RegionOne',
        'identity_api_version': 3,
        'auth': access,
    }
    return json.dumps({'clouds': {layout.NAME: cloud}}, indent=1) + '\n'


def environ(where: layout.Layout, **more: str) -> dict[str, str]:
    """Return the environment of a program of the cloud."""
    return (
        workdirs.clean_environ()
        | {
            'PATH': f'{where.bin}:{os.defpath}:/usr/sbin:/sbin',
            'HOME': str(where.top / 'home'),
            'TMPDIR': str(where.top / 'tmp'),
            'LC_ALL': 'C.UTF-8',
            'OS_CLIENT_CONFIG_FILE': str(where.clouds_yaml),
            'OS_CLOUD': layout.NAME,
        }
        | more
    )
