# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""``unixnotif record`` as its own process, among real emitters.

Rule: a test waits for the command to report that it is subscribed.
"""

import itertools
import os
import pathlib
import resource
import signal
from typing import Any

from unixnotif import publisher
from unixnotif import recording
from unixnotif.tests import base as support
from unixnotif.tests.functional import test_cli


class RecordTest(test_cli.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.directory = self.top / 'rendezvous'
        self.directory.mkdir()
        self.file = self.top / 'capture.jsonl'

    def record(
        self, *args: str, uri: str = '', **options: Any
    ) -> test_cli.Command:
        """Start the command; return it when it has subscribed."""
        command: test_cli.Command = self.useFixture(
            test_cli.Command(
                'record', uri or self.rendezvous, str(self.file), *args,
                **options,
            )
        )  # fmt: skip
        self.assertEqual('unixnotif: subscribed', command.err.next())
        return command

    def emit(self, *payloads: object, uri: str = '') -> publisher.Publisher:
        out = publisher.Publisher(uri or self.rendezvous)
        self.addCleanup(out.close)
        for payload in payloads:
            out.publish(support.document(payload))
        return out

    def payloads(self, path: pathlib.Path | None = None) -> list[Any]:
        return [
            each.notification.payload
            for each in recording.read(str(path or self.file))
            if isinstance(each, recording.Recorded)
        ]

    def stop(self, command: test_cli.Command, number: int) -> None:
        command.process.send_signal(number)
        self.assertEqual((0, '', ''), command.end())

    def test_stopped_while_others_emit(self) -> None:
        """Every notification reported as delivered is in the files."""
        for uri, emitters in (
            (self.rendezvous, 2),
            (self.socket, 1),
        ):
            config = self.write_config(uri)
            services = [
                self.start('delivering', config) for _ in range(emitters)
            ]
            options = ('--max-size', '200K', '--max-files', '100000')
            if uri == self.socket:
                # The driver listens as soon as the service emits.
                services[0].send(start=True)
                self.wait_until((self.top / 'service.sock').exists)
            command = self.record(*options, uri=uri)
            if uri == self.rendezvous:
                for each in services:
                    each.send(start=True)
            self.wait_until(lambda: len(recording.files(str(self.file))) > 3)
            command.process.send_signal(signal.SIGTERM)
            code, _, said = command.end()
            self.assertEqual(0, code, said)
            totals = [each.ask(stop=True) for each in services]
            self.check_files(
                {
                    each.pid: total
                    for each, total in zip(services, totals, strict=True)
                }
            )
            for name in recording.files(str(self.file)):
                os.unlink(name)

    def check_files(self, totals: dict[int, dict[str, int]]) -> None:
        """Compare the files with the deliveries of each process."""
        numbers: dict[int, list[int]] = {pid: [] for pid in totals}
        lost = 0
        for name in recording.files(str(self.file)):
            for each in recording.read(name):
                if isinstance(each, recording.RecordedLost):
                    lost += each.count
                else:
                    sender = each.notification.sender
                    assert sender is not None
                    numbers[sender.pid].append(each.notification.payload['n'])
        for pid, found in numbers.items():
            self.assertEqual(totals[pid].get('delivered', 0), len(found))
            self.assertTrue(all(a < b for a, b in itertools.pairwise(found)))
        self.assertLessEqual(
            lost, sum(total.get('dropped', 0) for total in totals.values())
        )

    def test_directory_made_again(self) -> None:
        """record logs that it waits, and resubscribes."""
        command = self.record()
        self.emit(1).close()
        self.wait_until(lambda: self.payloads() == [1])
        for path in self.directory.iterdir():
            path.unlink()
        self.directory.rmdir()
        self.assertEqual(
            f'unixnotif: waiting: {self.rendezvous} is gone',
            command.err.next(),
        )
        self.directory.mkdir()
        self.assertEqual('unixnotif: subscribed', command.err.next())
        self.emit(2)
        self.stop(command, signal.SIGTERM)
        self.assertEqual([1, 2], self.payloads())
        self.assertEqual([], list(self.directory.iterdir()))

    def test_driver_restarts(self) -> None:
        """record resubscribes when the listening process restarts."""
        with publisher.Publisher(self.socket):
            command = self.record(uri=self.socket)
        self.assertEqual(
            f'unixnotif: waiting: {self.socket} is gone', command.err.next()
        )
        with publisher.Publisher(self.socket) as out:
            self.assertEqual('unixnotif: subscribed', command.err.next())
            out.publish(support.document(1))
            self.stop(command, signal.SIGINT)
        self.assertEqual([1], self.payloads())

    def test_stopped_while_it_waits(self) -> None:
        """A signal ends record while it waits for the address."""
        self.directory.rmdir()
        command = self.useFixture(
            test_cli.Command('record', self.rendezvous, str(self.file))
        )
        self.assertIn('unixnotif: waiting: ', command.err.next())
        self.stop(command, signal.SIGTERM)
        self.assertEqual([], self.payloads())

    def test_hangup(self) -> None:
        """record continues in a new file, and loses nothing."""
        # Under nohup, this test ignores SIGHUP, and the command inherits that.
        before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
        self.addCleanup(signal.signal, signal.SIGHUP, before)
        command = self.record('--count', '2')
        out = self.emit(1)
        self.wait_until(lambda: self.payloads() == [1])
        old = self.file.rename(self.top / 'old')
        command.process.send_signal(signal.SIGHUP)
        self.assertEqual('unixnotif: reopened the file', command.err.next())
        out.publish(support.document(2))
        self.assertEqual((0, '', ''), command.end())
        self.assertEqual(([1], [2]), (self.payloads(old), self.payloads()))

    def test_second_one(self) -> None:
        """The command refuses a file that another one records to."""
        first = self.record()
        code, _, said = self.run_command(
            'record', self.rendezvous, str(self.file)
        )
        self.assertEqual(1, code)
        self.assertEqual(
            f'unixnotif: recording {self.file}: another process is writing '
            'to it\n',
            said,
        )
        self.stop(first, signal.SIGTERM)

    def test_no_room(self) -> None:
        """record ends with an error, and the file can be read."""

        def limit() -> None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))

        command = self.record(preexec_fn=limit)
        for n in itertools.count():
            if not self.emit(n).refresh():
                break
        code, _, said = command.end()
        self.assertEqual(1, code)
        self.assertIn(
            f'unixnotif: recording {self.file}: File too large\n', said
        )
        self.assertRegex(said, r'not in the file: at most [1-9]')
        found = self.payloads()
        self.assertEqual(list(range(len(found))), found)
        self.assertGreater(len(found), 2)
        self.assertTrue(self.file.read_bytes().endswith(b'}\n'))

    def test_two_recordings(self) -> None:
        """Two commands with a file each record all notifications."""
        first = self.record()
        kept, self.file = self.file, self.top / 'other.jsonl'
        second = self.record()
        self.emit(1)
        self.stop(first, signal.SIGTERM)
        self.stop(second, signal.SIGTERM)
        self.assertEqual(([1], [1]), (self.payloads(kept), self.payloads()))
