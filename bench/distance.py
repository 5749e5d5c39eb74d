# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""A proxy that delays each direction, as if the server were farther away.

Rule: the proxy has its own process, so that its CPU time does not count for a
contender. The proxy keeps the order of bytes, and the delay does not limit the
rate.
"""

import asyncio
import functools
import subprocess
import sys
from typing import Final
from typing import Self

_CHUNK: Final = 1 << 16
# Chunks that are on their way in one direction.
_MOST: Final = 1024


class Proxy:
    """A port on loopback that leads to another one.

    :param port: of the server
    :param delay: seconds in each direction

    :ivar port: for clients
    """

    def __init__(self, port: int, delay: float) -> None:
        self._process = subprocess.Popen(
            [sys.executable, '-m', __name__, str(port), str(delay)],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._process.kill()
        self._process.communicate()


async def _carry(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay: float
) -> None:
    """Write what can be read, after the delay, until the end."""
    time = asyncio.get_running_loop().time
    sent: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(_MOST)

    async def read() -> None:
        data = b' '
        while data:
            data = await reader.read(_CHUNK)
            await sent.put((time() + delay, data))

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(read())
        while True:
            due, data = await sent.get()
            await asyncio.sleep(due - time())
            if not data:
                break
            writer.write(data)
            await writer.drain()
    writer.close()


async def _connect(
    port: int,
    delay: float,
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
) -> None:
    """Connect a client with the server."""
    server = await asyncio.open_connection('127.0.0.1', port)
    await asyncio.gather(
        _carry(reader, server[1], delay),
        _carry(server[0], writer, delay),
        # A connection that ends abruptly has nothing more to carry.
        return_exceptions=True,
    )


async def _serve(port: int, delay: float) -> None:
    server = await asyncio.start_server(
        functools.partial(_connect, port, delay), '127.0.0.1', 0
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == '__main__':
    asyncio.run(_serve(int(sys.argv[1]), float(sys.argv[2])))
