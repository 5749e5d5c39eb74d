# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Paths and ports of the cloud.

Rule: the cloud writes only below its directory. The ports are chosen once, at
the start, and kept in a file for the commands that follow.
"""

import dataclasses
import json
from pathlib import Path
import random
import socket
from typing import Self

from tools import errors

HOST = '127.0.0.1'
PASSWORD = 'secret'
#: Name of the host in nova, and of the cloud in clouds.yaml.
NAME = 'unixnotif-cloud'
#: sun_path has 108 bytes (unix(7)); a subscriber's name takes up to 30.
_MAX_DIRECTORY = 77


@dataclasses.dataclass(frozen=True)
class Ports:
    """TCP ports on loopback."""

    mariadb: int
    rabbitmq: int
    rabbitmq_distribution: int
    epmd: int
    keystone: int
    placement: int
    glance: int
    neutron: int
    nova: int

    @classmethod
    def choose(cls) -> Self:
        """Return free ports.

        They are not ephemeral ones: an outgoing connection cannot take one
        between this choice and the start of the server.
        """
        names = [field.name for field in dataclasses.fields(cls)]
        first = 1024
        last = _first_ephemeral() - 1
        if last - first < 1000:
            first, last = 1024, 65535
        found: dict[str, int] = {}
        for port in random.sample(range(first, last), 1000):
            if _is_free(port):
                found[names[len(found)]] = port
            if len(found) == len(names):
                return cls(**found)
        raise errors.ToolError(f'no free ports between {first} and {last}')


def _first_ephemeral() -> int:
    path = Path('/proc/sys/net/ipv4/ip_local_port_range')
    try:
        return int(path.read_text().split()[0])
    except OSError:
        return 32768


def _is_free(port: int) -> bool:
    # Without SO_REUSEADDR, as some of the servers bind.
    with socket.socket() as probe:
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


@dataclasses.dataclass(frozen=True)
class Layout:
    """Paths and ports of one cloud.

    :ivar top: directory of the running cloud
    :ivar venv: directory of the virtual environment
    :ivar ports: of the servers
    :ivar eventlet: True if nova runs under eventlet, not native threads
    """

    top: Path
    venv: Path
    ports: Ports
    eventlet: bool = False

    @classmethod
    def load(cls, top: Path) -> Self | None:
        """Return the layout of the cloud in a directory, if there is one."""
        try:
            state = json.loads((top / 'cloud.json').read_text())
        except FileNotFoundError:
            return None
        ports = Ports(**state['ports'])
        return cls(top, Path(state['venv']), ports, state['eventlet'])

    def save(self) -> None:
        """Write the file that :meth:`load` reads."""
        state = {
            'venv': str(self.venv),
            'ports': dataclasses.asdict(self.ports),
            'eventlet': self.eventlet,
        }
        (self.top / 'cloud.json').write_text(json.dumps(state, indent=1))

    @property
    def etc(self) -> Path:
        """Configuration files."""
        return self.top / 'etc'

    @property
    def logs(self) -> Path:
        """Logs, one for each process."""
        return self.top / 'log'

    @property
    def rendezvous(self) -> Path:
        """Rendezvous directory, where the DevStack plugin creates it."""
        return self.top / 'unixnotif' / 'notifications'

    @property
    def uri(self) -> str:
        """Address of the notifications."""
        return f'unix+dir://{self.rendezvous}'

    @property
    def capture(self) -> Path:
        """Recording of ``unixnotif record``."""
        return self.top / 'unixnotif' / 'capture.jsonl'

    @property
    def witnessed(self) -> Path:
        """File of the second subscriber."""
        return self.top / 'witness.jsonl'

    @property
    def bin(self) -> Path:
        """Programs of the virtual environment."""
        return self.venv / 'bin'

    @property
    def python(self) -> Path:
        """Interpreter of the services."""
        return self.bin / 'python'

    @property
    def nova_files(self) -> tuple[Path, Path, Path]:
        """nova.conf, that of the cell conductor, and that of nova-compute."""
        top = self.etc / 'nova'
        return (
            top / 'nova.conf',
            top / 'nova_cell1.conf',
            top / 'nova-cpu.conf',
        )

    @property
    def keystone_conf(self) -> Path:
        """Configuration file of keystone."""
        return self.etc / 'keystone' / 'keystone.conf'

    @property
    def placement_conf(self) -> Path:
        """Configuration file of placement."""
        return self.etc / 'placement' / 'placement.conf'

    @property
    def glance_conf(self) -> Path:
        """Configuration file of glance."""
        return self.etc / 'glance' / 'glance-api.conf'

    @property
    def clouds_yaml(self) -> Path:
        """Access for openstacksdk and the command ``openstack``."""
        return self.etc / 'clouds.yaml'

    def url(self, service: str, path: str = '') -> str:
        """Return the URL of a service."""
        return f'http://{HOST}:{getattr(self.ports, service)}{path}'

    def rabbit(self, vhost: str) -> str:
        """Return the transport URL of a virtual host."""
        return f'rabbit://guest:guest@{HOST}:{self.ports.rabbitmq}/{vhost}'

    def database(self, name: str) -> str:
        """Return the URL of a database."""
        return (
            f'mysql+pymysql://cloud:{PASSWORD}@{HOST}:{self.ports.mariadb}'
            f'/{name}?charset=utf8'
        )


def check(top: Path) -> None:
    """Refuse a directory that is too deep for sockets.

    :raises ToolError: the path of a socket would be too long
    """
    rendezvous = str(top / 'unixnotif' / 'notifications')
    if len(rendezvous.encode()) > _MAX_DIRECTORY:
        raise errors.ToolError(
            f'the path {rendezvous} is longer than {_MAX_DIRECTORY} bytes, '
            'so that no socket in it could have an address; choose a shorter '
            'one with --workdir, for example /var/tmp/cloud'
        )
