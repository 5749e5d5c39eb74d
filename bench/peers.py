#    Licensed under the Apache License, Version 2.0 (the "License"); you may
#    not use this file except in compliance with the License. You may obtain
#    a copy of the License at
#
#         http://www.apache.org/licenses/LICENSE-2.0
#
#    Unless required by applicable law or agreed to in writing, software
#    distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
#    WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
#    License for the specific language governing permissions and limitations
#    under the License.

"""The peers that are not Python libraries of ours: zmq and RabbitMQ.

Rule: a peer that is not installed is skipped, and its name and the reason
are shown. A server that is started here is private, on loopback, and is
stopped by its pid.
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from typing import Any
from typing import Self

from oslo_messaging import notify
from oslo_serialization import jsonutils

from unixnotif import document

try:
    import zmq
except ImportError:
    zmq = None  # type: ignore[assignment]

_START_TIMEOUT = 90.0
# Beside the wrapper in /usr/sbin, which would become another user.
_SERVERS = ('/usr/lib/rabbitmq/bin/rabbitmq-server', 'rabbitmq-server')


class MissingError(Exception):
    """A peer is not on this machine, or does not start."""


class ZmqDriver(notify.Driver):  # type: ignore[misc]
    """A notification driver that publishes with zmq PUB, as one would.

    It serializes as ours does, so that the difference is the way, not the
    serializer.

    :param endpoint: to bind
    """

    def __init__(self, endpoint: str) -> None:
        if zmq is None:
            raise MissingError('pyzmq is not installed')
        super().__init__(None, [], None)
        self._context = zmq.Context()
        self._socket = self._context.socket(zmq.PUB)
        self._socket.bind(endpoint)

    def notify(
        self,
        ctxt: dict[str, Any],
        message: dict[str, Any],
        priority: str,
        retry: int | None,
    ) -> None:
        """Publish; drops when a subscriber's queue is full."""
        self.send(
            document.encode(
                {**message, 'context': ctxt}, jsonutils.to_primitive
            )
        )

    def send(self, data: bytes) -> None:
        """Publish a ready-made document."""
        self._socket.send(data, zmq.NOBLOCK)

    def close(self) -> None:
        """Close the socket and end zmq's thread."""
        self._socket.close(0)
        self._context.term()


class RabbitMQ:
    """A RabbitMQ server of our own, with its defaults.

    :ivar url: its transport_url
    :raises MissingError: none is installed, or it does not start
    """

    def __init__(self) -> None:
        server = next(filter(None, map(shutil.which, _SERVERS)), None)
        epmd = shutil.which('epmd')
        if server is None or epmd is None:
            raise MissingError('no RabbitMQ server is installed')
        self._processes: list[subprocess.Popen[bytes]] = []
        self._cleanup = contextlib.ExitStack()
        base = self._cleanup.enter_context(
            tempfile.TemporaryDirectory(
                prefix='bench-rabbitmq-', ignore_cleanup_errors=True
            )
        )
        self._cleanup.callback(self._stop)
        port, distribution, mapper = (str(_free_port()) for _ in range(3))
        self.url = f'rabbit://guest:guest@127.0.0.1:{port}/'
        environ = {
            **os.environ,
            'HOME': base,
            'ERL_EPMD_PORT': mapper,
            'ERL_EPMD_ADDRESS': '127.0.0.1',
            'RABBITMQ_NODENAME': f'bench{os.getpid()}@localhost',
            'RABBITMQ_NODE_IP_ADDRESS': '127.0.0.1',
            'RABBITMQ_NODE_PORT': port,
            'RABBITMQ_DIST_PORT': distribution,
            'RABBITMQ_MNESIA_BASE': f'{base}/data',
            'RABBITMQ_LOG_BASE': f'{base}/log',
            'RABBITMQ_PID_FILE': f'{base}/pid',
            # Neither the machine's configuration nor its plugins.
            'RABBITMQ_CONFIG_FILE': f'{base}/none',
            'RABBITMQ_CONF_ENV_FILE': '/dev/null',
            'RABBITMQ_ENABLED_PLUGINS_FILE': f'{base}/plugins',
        }
        try:
            # Started here, else the server leaves a daemon behind.
            self._start([epmd, '-port', mapper], environ, base)
            _wait_for(int(mapper), self._processes[-1])
            self._start([server], environ, base)
            _wait_for(int(port), self._processes[-1])
        except BaseException:
            self.close()
            raise

    def _start(
        self, command: list[str], environ: dict[str, str], directory: str
    ) -> None:
        self._processes.append(
            subprocess.Popen(
                command,
                env=environ,
                cwd=directory,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        )

    def _stop(self) -> None:
        for process in reversed(self._processes):
            with contextlib.suppress(ProcessLookupError):
                # The server is a shell with children in a session of ours.
                os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def close(self) -> None:
        """Stop the server and remove what it wrote."""
        self._cleanup.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()


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
