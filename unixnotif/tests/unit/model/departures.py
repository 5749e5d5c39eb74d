# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Departures of the model's consumers, and the end of an example.

Rule: a consumer that drains, or that stays until the end, has received each
owed notification or knows that the notification is lost.
"""

from typing import Final

from unixnotif.tests.unit.model import accounts
from unixnotif.tests.unit.model import emitters
from unixnotif.tests.unit.model import world as worlds

# Seconds. Only a publisher that does not notice the drain needs them.
_DRAIN_TIMEOUT: Final = 0.5


def close(world: worlds.World, reader: accounts.Reader) -> None:
    """Close a consumer, which discards unread notifications."""
    if reader.consumer.group:
        # A group has one account, and no member may discard a notification.
        world.read(reader)
    with accounts.no_exceptions('close'):
        reader.consumer.close()
    _forget(world, reader)
    if reader.consumer.group and not reader.account.readers:
        # The next member starts without the losses of former members.
        refresh(world, reader)


def drain(world: worlds.World, reader: accounts.Reader) -> None:
    """Drain a consumer while all publishers notice that it leaves."""
    with accounts.no_exceptions('drain'), world.clock.running():
        rest = reader.consumer.drain(_DRAIN_TIMEOUT)
        refresh(world, reader)
        for received in rest:
            world.accept(reader, received)
            # Now there is room for a pending lost record.
            refresh(world, reader)
    reader.check()
    _forget(world, reader)
    if reader.account.readers:
        return
    reader.account.check_delivered()
    # A drain at the socket shuts down the only connection on which the owner
    # can report losses. The losses of a group may be due to a former member.
    if reader.where.is_directory and not reader.consumer.group:
        reader.account.check()


def refresh(world: worlds.World, reader: accounts.Reader) -> None:
    """Let all publishers look for subscribers at a consumer's address."""
    for process in world.processes:
        process.ask(emitters.Emitter.refresh, reader.where)


def _forget(world: worlds.World, reader: accounts.Reader) -> None:
    reader.account.leave(reader)
    world.readers.remove(reader)


def settle(world: worlds.World) -> None:
    """Read everything, close all publishers and check all accounts.

    :raises AssertionError: the publishers or consumers broke a promise
    """
    _read_all(world)
    for process, where in list(world.publishers):
        # Each subscriber gets its lost record before this document.
        world.emit(process, where, 1, 0)
    _read_all(world)
    for process, where in list(world.publishers):
        world.close(process, where)
    _read_all(world)
    for account in {id(r.account): r.account for r in world.readers}.values():
        account.check()
    while world.readers:
        close(world, world.readers[0])
    world.check_descriptors()


def _read_all(world: worlds.World) -> None:
    for reader in world.readers:
        world.read(reader)
