# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Replacements of the model's addresses, and how the processes notice them.

Rule: until all processes have noticed that the directory was replaced,
emissions at the directory are optional. The owner of a socket keeps its
connections, so that emissions at the socket stay owed.
"""

from collections.abc import Sequence
import contextlib
import os
import shutil
from typing import Final

from unixnotif.consumer import attachment
from unixnotif.tests.unit.model import accounts
from unixnotif.tests.unit.model import world as worlds

#: Events before all processes have noticed a replacement: an action, and the
#: number of a process or consumer.
Window = Sequence[tuple[str, int]]
ACTIONS: Final = ('emit', 'read', 'advance')

#: Ways to take the directory away.
GOING: Final = ('removed', 'renamed')
#: Ways to bring the directory back.
COMING: Final = ('at once', 'later', 'by a publisher', 'renamed back')
#: Ways to take the file of the socket away.
SOCKET_CHANGES: Final = ('unlink', 'remove parent', 'rename parent')

_SIZE: Final = 700
# Maximum number of sockets that one replacement adds to a consumer.
_SOCKETS: Final = 8


def replace_directory(
    world: worlds.World, going: str, coming: str, window: Window
) -> None:
    """Replace the rendezvous directory and let every process notice it."""
    for reader in world.readers_at(world.directory):
        # A consumer that reads too little ends its oldest former sockets.
        if reader.former_sockets > attachment.MAX_FORMER - _SOCKETS:
            world.read(reader)
    path = world.directory.path
    aside = _take_away(path, renamed=going == 'renamed')
    world.settled = False
    if coming == 'at once':
        os.mkdir(path)
    _pass_through(world, window)
    if coming == 'renamed back' and aside:
        # A publisher may have created the directory in the meantime.
        shutil.rmtree(path, ignore_errors=True)
        os.rename(aside, path)
    elif coming == 'by a publisher' and world.publishers_at(world.directory):
        world.advance()
        process = world.publishers_at(world.directory)[0]
        world.emit(process, world.directory, 1, _SIZE)
        if not os.path.isdir(path):
            raise accounts.UnnoticedError('no publisher created the directory')
    else:
        with contextlib.suppress(FileExistsError):
            os.mkdir(path)
    world.advance()
    for reader in world.readers_at(world.directory):
        world.attach(reader)
    world.settled = True


def replace_socket(world: worlds.World, change: str, window: Window) -> None:
    """Remove the file of the socket and let the owner bind a new one."""
    path = world.socket.path
    parent = os.path.dirname(path)
    if change == 'unlink':
        os.unlink(path)
    else:
        _take_away(parent, renamed=change == 'rename parent')
    _pass_through(world, window)
    with contextlib.suppress(FileExistsError):
        os.mkdir(parent)
    world.advance()
    assert world.owner is not None
    world.emit(world.owner, world.socket, 1, _SIZE)
    if not os.path.exists(path):
        raise accounts.UnnoticedError('the owner did not bind its socket')


def _take_away(path: str, renamed: bool) -> str:
    """Remove or rename a directory; return the new name, if any."""
    if not renamed:
        shutil.rmtree(path)
        return ''
    aside = f'{path}.{len(os.listdir(os.path.dirname(path)))}'
    os.rename(path, aside)
    return aside


def _pass_through(world: worlds.World, window: Window) -> None:
    """Let processes and consumers act before all processes have noticed."""
    for action, number in window:
        process = number % len(world.processes)
        if action == 'advance':
            world.advance([process])
        elif action == 'emit':
            for where in (world.directory, world.socket):
                if (process, where) in world.publishers:
                    world.emit(process, where, 1, _SIZE)
        elif world.readers:
            world.read(world.readers[number % len(world.readers)], 1)
