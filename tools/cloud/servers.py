# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""MariaDB and RabbitMQ: instances of our own, with their own directories.

Rule: they share nothing with services of the machine, listen on loopback, and
keep nothing safe against a crash of the machine.
"""

import json
from pathlib import Path
import shutil
import subprocess

from tools.cloud import configuration
from tools.cloud import layout
from tools.cloud import processes
from tools.cloud import system
from tools.cloud import waits
from tools.relay import rabbitmq

#: Virtual hosts: nova's API, its cell, notifications, and the relay's.
VHOSTS = ('/', 'nova_cell1', 'notifications', 'relayed')


class MariaDB:
    """The database server.

    :param where: paths and ports
    :param known: the processes of the cloud
    """

    def __init__(
        self, where: layout.Layout, known: processes.Processes
    ) -> None:
        self._where = where
        self._known = known
        self._data = where.top / 'mysql'
        self._socket = where.top / 'mysql.sock'

    def prepare(self) -> None:
        """Create the system tables.

        :raises ServiceError: that fails
        """
        processes.run(
            'mariadb-install-db',
            [
                'mariadb-install-db', '--no-defaults', *_user(),
                f'--datadir={self._data}', '--skip-test-db',
                '--auth-root-authentication-method=normal',
            ],
            configuration.environ(self._where),
            self._known.log('mariadb-install'),
        )  # fmt: skip

    def start(self) -> processes.Process:
        """Start the server; it is not ready then."""
        program = system.mariadbd()
        assert program is not None
        return self._known.start(
            'mariadb',
            [
                program, '--no-defaults', *_user(),
                f'--datadir={self._data}', f'--socket={self._socket}',
                f'--pid-file={self._where.top / "mysql.pid"}',
                f'--bind-address={layout.HOST}',
                f'--port={self._where.ports.mariadb}', '--skip-name-resolve',
                f'--tmpdir={self._where.top / "tmp"}', '--skip-log-bin',
                '--max-connections=500', '--character-set-server=utf8mb3',
                '--innodb-buffer-pool-size=64M',
                '--innodb-flush-log-at-trx-commit=0',
                '--innodb-flush-method=nosync',
            ],
            configuration.environ(self._where),
        )  # fmt: skip

    def wait(self, process: processes.Process) -> None:
        """Wait until the server is ready."""
        port = self._where.ports.mariadb
        waits.wait_for('mariadb', waits.greets(port), self._known, [process])

    def create(self) -> None:
        """Create the databases and their user."""
        for name in configuration.DATABASES:
            self.run(f'create database {name} character set utf8mb3')
        user = f"cloud@'{layout.HOST}'"
        self.run(
            f"create user {user} identified by '{layout.PASSWORD}'; "
            f'grant all on *.* to {user}'
        )

    def run(self, statement: str, database: str = '') -> list[list[str]]:
        """Run a statement as root; return its rows.

        :raises ServiceError: the statement fails
        """
        return [
            line.split('\t')
            for line in self._client(
                'mariadb',
                '-N',
                '-B',
                '-e',
                statement,
                *filter(None, [database]),
            ).splitlines()
        ]

    def copy(self, source: str, target: str) -> None:
        """Copy the tables of a database, which is quicker than a sync."""
        dump = self._where.top / 'tmp' / f'{source}.sql'
        dump.write_text(self._client('mariadb-dump', source))
        self._client('mariadb', target, '-e', f'source {dump}')
        dump.unlink()

    def _client(self, program: str, *arguments: str) -> str:
        done = subprocess.run(
            [
                program, '--no-defaults', f'--socket={self._socket}', '-uroot',
                *arguments,
            ],
            env=configuration.environ(self._where),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )  # fmt: skip
        if done.returncode:
            raise processes.ServiceError(f'{program} fails: {done.stderr}')
        return done.stdout


def _user() -> list[str]:
    """Return the options by which root may run a database as root."""
    return ['--user=root']


class RabbitMQ:
    """The message bus, and the daemon that its node registers with.

    :param where: paths and ports
    :param known: the processes of the cloud
    """

    def __init__(
        self, where: layout.Layout, known: processes.Processes
    ) -> None:
        self._known = known
        self._port = where.ports.rabbitmq
        self._node = rabbitmq.Node(
            base=where.top / 'rabbitmq',
            name='cloud',
            port=where.ports.rabbitmq,
            distribution=where.ports.rabbitmq_distribution,
            mapper=where.ports.epmd,
        )
        self._environ = configuration.environ(where) | self._node.environ()
        # One core, which does not spin, and nothing on the network.
        self._environ['RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS'] = (
            '+S 1:1 +sbwt none -kernel inet_dist_use_interface {127,0,0,1}'
        )

    def prepare(self) -> None:
        """Write the configuration, with a user and the virtual hosts."""
        base = self._node.base
        base.mkdir()
        permissions = {'configure': '.*', 'write': '.*', 'read': '.*'}
        definitions: dict[str, object] = {
            'vhosts': [{'name': name} for name in VHOSTS],
            'users': [
                {'name': 'guest', 'password': 'guest', 'tags': 'administrator'}
            ],
            'permissions': [
                {'user': 'guest', 'vhost': name, **permissions}
                for name in VHOSTS
            ],
        }
        path = base / 'definitions.json'
        path.write_text(json.dumps(definitions))
        self._node.configure(
            {
                'disk_free_limit.absolute': '50MB',
                'log.file.level': 'warning',
                'log.console': 'true',
                'log.console.level': 'warning',
                'load_definitions': path,
            }
        )
        (base / 'plugins').write_text('[].\n')

    def start(self) -> list[processes.Process]:
        """Start the daemon and the server; they are not ready then."""
        epmd, program = shutil.which('epmd'), rabbitmq.server()
        assert epmd is not None
        assert program is not None
        # Started here, else the server starts one that outlives it.
        port = self._node.mapper
        daemon = self._known.start(
            'epmd', [epmd, '-port', str(port)], self._environ
        )
        waits.wait_for('epmd', waits.accepts(port), self._known, [daemon])
        return [
            daemon,
            self._known.start('rabbitmq', [program], self._environ),
        ]

    def wait(self, needs: list[processes.Process]) -> None:
        """Wait until the server is ready.

        The port opens when the definitions have been loaded.
        """
        waits.wait_for(
            'rabbitmq',
            waits.accepts(self._port),
            self._known,
            needs,
        )


def directories(where: layout.Layout) -> list[Path]:
    """Return the directories that no service creates itself."""
    names = ('home', 'tmp', 'nova', 'glance', 'keystone', 'placement')
    return [where.logs, *(where.top / name for name in names)]
