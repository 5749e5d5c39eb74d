# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0


"""A RabbitMQ server of our own.

Rule: the server is private, on loopback, and is stopped by its process id. A
server that is not installed is reported, so that a tool can skip its part.
"""

from collections.abc import Mapping
import contextlib
import dataclasses
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from typing import Self

from tools import errors

_START_TIMEOUT = 90.0
_STOP_TIMEOUT = 20.0
# Not the wrapper in /usr/sbin, which would change the user.
_SERVERS = ('/usr/lib/rabbitmq/bin/rabbitmq-server', 'rabbitmq-server')


class MissingError(errors.ToolError):
    """The server is not on this machine, or does not start."""


def is_installed() -> bool:
    """Return True if a server can be started."""
    return server() is not None and shutil.which('epmd') is not None


def server() -> str | None:
    """Return the path of the installed server, if there is one."""
    return next(filter(None, map(shutil.which, _SERVERS)), None)


@dataclasses.dataclass(frozen=True)
class Node:
    """Environment of a server that shares nothing with the machine's own.

    :ivar base: directory for everything that it writes
    :ivar name: of the node; two nodes of a host need two names
    :ivar port: for clients
    :ivar distribution: port for other nodes and for rabbitmqctl
    :ivar mapper: port of epmd
    """

    base: pathlib.Path
    name: str
    port: int
    distribution: int
    mapper: int

    @property
    def config(self) -> pathlib.Path:
        """Configuration file."""
        return self.base / 'own.conf'

    def environ(self) -> dict[str, str]:
        """Return the variables that the server and rabbitmqctl need."""
        return {
            'HOME': str(self.base),
            'ERL_EPMD_PORT': str(self.mapper),
            'ERL_EPMD_ADDRESS': '127.0.0.1',
            'RABBITMQ_NODENAME': f'{self.name}@localhost',
            'RABBITMQ_NODE_IP_ADDRESS': '127.0.0.1',
            'RABBITMQ_NODE_PORT': str(self.port),
            'RABBITMQ_DIST_PORT': str(self.distribution),
            'RABBITMQ_MNESIA_BASE': f'{self.base}/data',
            'RABBITMQ_LOG_BASE': f'{self.base}/log',
            'RABBITMQ_PID_FILE': f'{self.base}/pid',
            # Neither the machine's configuration nor its plugins. The server
            # adds ".conf".
            'RABBITMQ_CONFIG_FILE': str(self.config.with_suffix('')),
            'RABBITMQ_CONF_ENV_FILE': '/dev/null',
            'RABBITMQ_ENABLED_PLUGINS_FILE': f'{self.base}/plugins',
        }

    def configure(self, options: Mapping[str, object]) -> None:
        """Write rabbitmq.conf: lines by name; the rest has its defaults."""
        self.config.write_text(
            ''.join(f'{k} = {v}\n' for k, v in options.items())
        )


class RabbitMQ:
    """A running server.

    :param options: lines of rabbitmq.conf by name; the rest has its defaults
    :raises MissingError: none is installed, or it does not start

    :ivar port: for clients, on loopback
    :ivar url: its transport URL
    """

    def __init__(self, options: Mapping[str, object] | None = None) -> None:
        program = server()
        epmd = shutil.which('epmd')
        if program is None or epmd is None:
            raise MissingError('no RabbitMQ server is installed')
        self._command = [program]
        self._cleanup = contextlib.ExitStack()
        self._base = self._cleanup.enter_context(
            tempfile.TemporaryDirectory(
                prefix='rabbitmq-', ignore_cleanup_errors=True
            )
        )
        self.port, distribution, mapper = (_free_port() for _ in range(3))
        self.url = f'rabbit://guest:guest@127.0.0.1:{self.port}/'
        node = Node(
            pathlib.Path(self._base),
            f'own{os.getpid()}',
            self.port,
            distribution,
            mapper,
        )
        node.configure(options or {})
        self._environ = {**os.environ, **node.environ()}
        self._process: subprocess.Popen[bytes] | None = None
        try:
            # Started here, else the server leaves a daemon behind.
            names = self._start([epmd, '-port', str(mapper)])
            self._cleanup.callback(_end, names)
            _wait_for(mapper, names)
            self._cleanup.callback(self.stop)
            self.start()
        except BaseException:
            self.close()
            raise

    def start(self) -> None:
        """Start the server again, on the same port and with its data."""
        self._process = self._start(self._command)
        _wait_for(self.port, self._process)

    def stop(self) -> None:
        """Stop the server; it keeps durable queues."""
        process, self._process = self._process, None
        if process is not None:
            _end(process)

    def suspend(self) -> None:
        """Suspend the server; it neither answers nor closes connections."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Resume the server after :meth:`suspend`."""
        self._signal(signal.SIGCONT)

    def control(self, *args: str) -> str:
        """Run rabbitmqctl; return its output.

        :raises subprocess.CalledProcessError: it failed
        """
        program = pathlib.Path(self._command[0]).with_name('rabbitmqctl')
        return subprocess.run(
            [program, *args],
            env=self._environ,
            cwd=self._base,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=True,
        ).stdout

    def _signal(self, number: int) -> None:
        assert self._process is not None
        os.killpg(self._process.pid, number)

    def _start(self, command: list[str]) -> subprocess.Popen[bytes]:
        # The server is a shell with children, in a session of its own.
        return subprocess.Popen(
            command,
            env=self._environ,
            cwd=self._base,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def close(self) -> None:
        """Stop the server and remove what it wrote."""
        self._cleanup.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process and its children, which may outlive it for a moment."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
            # A suspended process handles SIGTERM only after SIGCONT.
            os.killpg(process.pid, signal.SIGCONT)
        deadline = time.monotonic() + _STOP_TIMEOUT
        while time.monotonic() < deadline:
            # Reaped, or it would count as alive.
            process.poll()
            if not _is_alive(process.pid):
                process.wait()
                return
            time.sleep(0.05)


def _is_alive(group: int) -> bool:
    """Return True if a process group has a process that has not ended.

    Children of the server's shell stay zombies (proc_pid_stat(5)) where
    nobody reaps them.
    """
    for path in pathlib.Path('/proc').glob('[0-9]*/stat'):
        with contextlib.suppress(OSError):
            state, _, its_group = (
                path.read_text().rpartition(')')[2].split()[:3]
            )
            if int(its_group) == group and state not in 'ZX':
                return True
    return False


def _free_port() -> int:
    with socket.create_server(('127.0.0.1', 0)) as server:
        return int(server.getsockname()[1])


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START_TIMEOUT
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError):
            socket.create_connection(('127.0.0.1', port), 1).close()
            return
        time.sleep(0.1)
    raise MissingError('the installed RabbitMQ server does not start')
