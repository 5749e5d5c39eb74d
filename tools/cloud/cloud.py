# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The cloud: from nothing to a host that can run servers, and back.

Rule: a step ends when facts show that it is done. Whatever was started is
stopped by its process id, also when a step fails.
"""

from collections.abc import Iterable
import datetime
from pathlib import Path
import shutil

from tools import errors
from tools import workdirs
from tools.cloud import checks
from tools.cloud import configuration
from tools.cloud import layout
from tools.cloud import processes
from tools.cloud import rosters
from tools.cloud import schemas
from tools.cloud import servers
from tools.cloud import services
from tools.cloud import waits

RECORDER = 'recorder'
WITNESS = 'witness'
# The services need these processes, which therefore stop last.
_NEEDED = ('epmd', 'rabbitmq', 'mariadb')


class Cloud:
    """A cloud that is up, or on its way.

    :param where: paths and ports

    :ivar processes: processes that were started and not stopped
    :ivar roster: the service of each process
    """

    def __init__(self, where: layout.Layout) -> None:
        self.where = where
        self.processes = processes.Processes(where.top)
        self.roster = rosters.Roster(where.top)
        self.database = servers.MariaDB(where, self.processes)

    @classmethod
    def create(cls, where: layout.Layout) -> 'Cloud':
        """Build a cloud, and start it.

        :raises ToolError: something fails; nothing is left running
        """
        _clear(where)
        for path in servers.directories(where):
            path.mkdir(parents=True)
        where.save()
        cloud = cls(where)
        try:
            cloud._build()
            cloud._start()
        except BaseException:
            with workdirs.step('stopping the cloud'):
                cloud.down()
            raise
        return cloud

    def _build(self) -> None:
        with workdirs.step('starting MariaDB and RabbitMQ'):
            bus = servers.RabbitMQ(self.where, self.processes)
            bus.prepare()
            started = bus.start()
            self.database.prepare()
            self.database.wait(self.database.start())
            bus.wait(started)
            self.database.create()
        with workdirs.step('configuring the services'):
            configuration.write_all(self.where)
            configuration.configure_notifications(self.where)
            checks.check(self.where)
        with workdirs.step('filling the databases'):
            schemas.fill(self.where, self.processes, self.database)

    def _start(self) -> None:
        with workdirs.step('starting keystone, placement and glance'):
            self.start_recorder()
            self.start_witness()
            self.start(services.BASE)
            ports = self.where.ports
            self.python(
                'catalog', 'identity',
                f'--placement={ports.placement}', f'--glance={ports.glance}',
                f'--nova={ports.nova}', f'--neutron={ports.neutron}',
            )  # fmt: skip
        with workdirs.step('starting nova'):
            self.start(services.NOVA)
            schemas.manage_nova(
                self.where, self.processes, 'cell_v2', 'discover_hosts'
            )
            self.python('catalog', 'image')
            self.python('catalog', 'flavor')
        self.roster.look(self.processes)

    def start(self, wanted: Iterable[services.Service]) -> None:
        """Start services together, and wait until all are ready.

        :raises ServiceError: one ends, or is not ready in time
        """
        wanted = list(wanted)
        since = datetime.datetime.now(datetime.UTC)
        started = []
        for service in wanted:
            command, environ = service.command(self.where)
            started.append(
                self.processes.start(
                    service.name,
                    command,
                    configuration.environ(self.where, **environ),
                )
            )
        for service in wanted:
            waits.wait_for(
                service.name,
                self._fact(service, since),
                self.processes,
                started,
            )
        self.roster.look(self.processes)

    def _fact(
        self, service: services.Service, since: datetime.datetime
    ) -> waits.Fact:
        if service.port:
            port = getattr(self.where.ports, service.port)
            return waits.answers(port, service.path)

        def fact() -> str:
            # A service that has died counts as up for a minute: only a
            # heartbeat after the start shows that this process lives.
            found = self.database.run(
                'select count(*) from services where '
                f"`binary` = '{service.binary}' and "
                f"last_seen_up >= '{since:%F %T}'",
                service.database,
            )
            return '' if found == [['1']] else 'no heartbeat in the database'

        return fact

    def restart(self, name: str) -> None:
        """Stop a service and start it again."""
        self.processes.stop(name)
        self.start([services.ALL[name]])

    def start_recorder(self) -> None:
        """Start ``unixnotif record``, and wait until it is subscribed."""
        program = self.where.bin / 'unixnotif'
        self.subscribe(
            RECORDER,
            [program, 'record', self.where.uri, str(self.where.capture)],
        )

    def start_witness(self) -> None:
        """Start the second subscriber, and wait until it is subscribed."""
        line: services.Command = [self.where.python, '-m']
        line += ['tools.cloud.witness', str(self.where.rendezvous)]
        self.subscribe(WITNESS, line, self.where.witnessed)

    def start_listener(self, name: str, vhost: str) -> None:
        """Start a stock listener on a virtual host of RabbitMQ."""
        process = self.start_python(
            name,
            'listener',
            self.where.rabbit(vhost),
            output=self.where.top / f'{name}.jsonl',
        )

        def fact() -> str:
            log = self.processes.log(name).read_text(errors='replace')
            return '' if 'listening\n' in log else 'it does not listen'

        waits.wait_for(name, fact, self.processes, [process])

    def subscribe(
        self,
        name: str,
        command: services.Command,
        output: Path | None = None,
    ) -> None:
        """Start a subscriber, and wait until it is subscribed."""
        process = self.processes.start(name, command, self._environ(), output)

        def fact() -> str:
            # A subscriber's socket is named after its process.
            sockets = self.where.rendezvous.glob(f'{process.pid}-*.sock')
            return '' if any(sockets) else 'it has not subscribed'

        waits.wait_for(name, fact, self.processes, [process])

    def start_python(
        self,
        name: str,
        module: str,
        *arguments: str,
        output: Path | None = None,
    ) -> processes.Process:
        """Start a module of this package in the environment of services."""
        line: services.Command = [self.where.python, '-m']
        line += [f'tools.cloud.{module}', *arguments]
        return self.processes.start(name, line, self._environ(), output)

    def _environ(self) -> dict[str, str]:
        """Return the environment of a program that uses this package."""
        return configuration.environ(
            self.where, PYTHONPATH=str(workdirs.CHECKOUT)
        )

    def python(self, module: str, *arguments: str) -> None:
        """Run a module of this package in the environment of the services.

        :raises ServiceError: it fails; with the end of its log
        """
        processes.run(
            f'{module} {arguments[0]}',
            [self.where.python, '-m', f'tools.cloud.{module}', *arguments],
            self._environ(),
            self.processes.log(module),
            cwd=self.where.top,
        )

    def down(self) -> list[str]:
        """Stop everything; return the names of what had to be killed.

        The services stop before the servers that they need.
        """
        names = [each.name for each in self.processes.all()]
        known = [name for name in names if name in services.ALL]
        others = [name for name in names if name not in (*known, *_NEEDED)]
        killed: list[str] = []
        for group in (known, others):
            killed += self.processes.stop(*group)
        killed += self.processes.stop('rabbitmq', whole=True)
        killed += self.processes.stop(*_NEEDED)
        (self.where.top / 'cloud.json').unlink(missing_ok=True)
        return killed


def _clear(where: layout.Layout) -> None:
    """Remove the directory of an earlier cloud.

    :raises ToolError: the directory is not that of a cloud
    """
    top = where.top
    is_cloud = all(path.is_dir() for path in servers.directories(where))
    if not is_cloud and top.exists() and any(top.iterdir()):
        raise errors.ToolError(
            f'{top} is not the directory of an earlier cloud: remove it, or '
            'choose another work directory, for example --workdir '
            '/var/tmp/cloud'
        )
    shutil.rmtree(top, ignore_errors=True)


def load(top: Path) -> Cloud:
    """Return the cloud that an earlier command left running.

    :raises ToolError: there is none
    """
    where = layout.Layout.load(top)
    if where is None:
        raise errors.ToolError(
            f'no cloud is running in {top}: start one with "up --keep"'
        )
    return Cloud(where)
