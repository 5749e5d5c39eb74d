# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0


"""Tests of the messages to systemd."""

import os
import pathlib
import socket

import fixtures

from unixnotif import relay
from unixnotif.tests import base


class SupervisorTest(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        path = pathlib.Path(self.useFixture(fixtures.TempDir()).path, 'notify')
        self.systemd = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(self.systemd.close)
        self.systemd.bind(str(path))
        self.systemd.setblocking(False)
        self.useFixture(
            fixtures.EnvironmentVariable('NOTIFY_SOCKET', str(path))
        )

    def received(self) -> list[str]:
        found = []
        while True:
            try:
                found.append(self.systemd.recv(4096).decode())
            except BlockingIOError:
                return found

    def test_messages(self) -> None:
        """systemd gets what sd_notify(3) describes."""
        supervisor = relay.Supervisor()
        supervisor.ready('forwarding')
        supervisor.status('waiting')
        supervisor.ping()
        supervisor.stopping()
        self.assertEqual(
            ['READY=1\nSTATUS=forwarding', 'STATUS=waiting', 'STOPPING=1'],
            self.received(),
        )

    def watchdog(self, microseconds: str, pid: int) -> relay.Supervisor:
        for name, value in (
            ('WATCHDOG_USEC', microseconds),
            ('WATCHDOG_PID', str(pid)),
        ):
            self.useFixture(fixtures.EnvironmentVariable(name, value))
        return relay.Supervisor()

    def test_watchdog(self) -> None:
        """The watchdog is fed twice in its time."""
        clock = self.new_clock()
        supervisor = self.watchdog('30000000', os.getpid())
        for _ in range(3):
            supervisor.ping()
        self.assertEqual(['WATCHDOG=1'], self.received())
        clock.advance(14)
        supervisor.ping()
        self.assertEqual([], self.received())
        clock.advance(1)
        supervisor.ping()
        self.assertEqual(['WATCHDOG=1'], self.received())

    def test_no_watchdog(self) -> None:
        """WATCHDOG_USEC is invalid, or meant for another process."""
        for microseconds, pid in (
            ('1', os.getpid() + 1),
            ('x', os.getpid()),
            ('0', os.getpid()),
        ):
            self.watchdog(microseconds, pid).ping()
            self.assertEqual([], self.received())

    def test_no_systemd(self) -> None:
        """Without systemd nothing happens."""
        self.useFixture(fixtures.EnvironmentVariable('NOTIFY_SOCKET'))
        relay.Supervisor().ready('x')
        self.assertEqual([], self.received())
