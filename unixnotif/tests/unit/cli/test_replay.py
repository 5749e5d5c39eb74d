# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The command ``replay``."""

import datetime
import gzip
import os
import signal
from typing import Any
from unittest import mock

import fixtures

from unixnotif import cli
from unixnotif import document
from unixnotif import errors
from unixnotif import fixtures as ours
from unixnotif import notification
from unixnotif import publisher
from unixnotif import recording
from unixnotif.tests import base
from unixnotif.tests.unit.cli import base as cli_base
from unixnotif.tests.unit.recording import base as recordings

START = datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.UTC)


class ReplayTest(cli_base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        directory = self.useFixture(fixtures.TempDir()).path
        self.file = os.path.join(directory, 'recording.jsonl')
        self.consumer = self.useFixture(ours.CapturingConsumer())
        self.clock = self.new_clock(sleeping=True)
        self.clock.stop()
        self.begun = self.clock.monotonic()

    def record(self, *seconds: float) -> list[notification.Notification]:
        """Record notifications with these times and return them."""
        these = [
            recording.Recorded(
                base.new_notification({'n': n}),
                START + datetime.timedelta(seconds=second),
            )
            for n, second in enumerate(seconds)
        ]
        with recording.Writer(self.file) as writer:
            writer.write(these)
        return [each.notification for each in these]

    def replay(self, *arguments: str, uri: str | None = None) -> int:
        """Run the command and return its exit code."""
        command = ['replay', self.file, uri or self.consumer.uri, *arguments]
        return self.code(lambda: cli.main(command))

    def assert_printed(self, *lines: str) -> None:
        self.assertEqual(
            [f'unixnotif: {line}' for line in lines],
            self.text(self.err).splitlines(),
        )

    def test_documents(self) -> None:
        """replay publishes the recorded documents unchanged, and in order."""
        these = self.record(0, 0, 0)
        self.assertEqual(0, self.replay())
        self.assertEqual(these, self.consumer.notifications)

    def test_pace(self) -> None:
        """replay keeps the recorded pace, multiplies it, or does not wait."""
        self.record(0, 10, 30)
        for arguments, duration in (
            ((), 30.0),
            (('--speed', '10'), 3.0),
            (('--at-once',), 0.0),
        ):
            before = self.clock.monotonic()
            self.assertEqual(0, self.replay(*arguments))
            self.assertEqual(duration, self.clock.monotonic() - before)
        self.assertEqual(9, len(self.consumer))

    def test_invalid_speed(self) -> None:
        """A speed must be a positive finite number."""
        for speed in ('0', '-1', 'x', 'inf', 'nan'):
            self.assertEqual(2, self.replay(f'--speed={speed}'))

    def test_no_subscriber(self) -> None:
        """Without a subscriber, replay fails and reports the number."""
        self.record(0, 0)
        where = str(self.new_directory())
        self.assertEqual(1, self.replay(uri=where))
        self.assert_printed(
            'replayed 0 of 2 notifications in 0.0 s',
            f'no subscriber at {where}; 2 notifications were discarded: start '
            'a subscriber, or wait for one with --wait SECONDS',
        )

    def test_dropped(self) -> None:
        """replay fails, and prints the reason."""
        self.record(0, 0)
        with mock.patch.object(
            publisher.Publisher,
            'publish',
            autospec=True,
            return_value=publisher.Delivery(3, 1, {'buffer_full': 2}),
        ):
            self.assertEqual(1, self.replay())
        self.assert_printed(
            'replayed 2 of 2 notifications in 0.0 s',
            '2 notifications were not delivered to every subscriber '
            '(buffer_full: 4)',
        )

    def test_limits(self) -> None:
        """A notification over a limit is a drop; the others are sent."""
        first, _, last = self.record(0, 0, 0)
        encode = document.encode

        def refuse(value: Any, *args: Any) -> bytes:
            if value.get('payload') == {'n': 1}:
                raise errors.DocumentError('too many items')
            return encode(value, *args)

        self.patch(document, 'encode', refuse)

        self.assertEqual(1, self.replay())

        self.assertEqual([first, last], self.consumer.notifications)
        self.assertIn('unserializable: 1', self.text(self.err))

    def test_gaps(self) -> None:
        """The command reports losses in the recording."""
        self.record(0)
        with recording.Writer(self.file) as writer:
            writer.write_lost(notification.Lost(3, {'buffer_full': 3}))
        self.assertEqual(0, self.replay())
        self.assert_printed(
            '3 notifications are missing from the recording (buffer_full: 3)',
            'replayed 1 of 1 notification in 0.0 s',
        )

    def test_empty(self) -> None:
        """Nothing to publish is no failure, and no endless loop."""
        self.record()
        self.assertEqual(0, self.replay())
        self.assertEqual(0, self.replay('--loop'))

    def test_selection(self) -> None:
        """A period and filters select; the pace begins with the first."""
        self.record(0, 10, 20, 30)
        argv = ('--from=2026-01-02T03:04:15+00:00', '--where=n=[13]')
        before = self.clock.monotonic()
        # The payload {"n": 2} is left out.
        self.assertEqual(0, self.replay(*argv))
        self.assertEqual(20.0, self.clock.monotonic() - before)
        self.assertEqual(
            [{'n': 1}, {'n': 3}], [each.payload for each in self.consumer]
        )

    def stop_at(self, second: float) -> None:
        """Raise SIGINT once the command has slept until this second."""
        sleep = self.clock.sleep

        def stop(seconds: float) -> None:
            sleep(seconds)
            if self.clock.monotonic() - self.begun >= second:
                signal.raise_signal(signal.SIGINT)

        self.patch(self.clock, 'sleep', stop)

    def test_stopped(self) -> None:
        """A command that is stopped fails and reports its progress."""
        self.record(0, 10, 30)
        self.stop_at(20)
        self.assertEqual(1, self.replay())
        self.assert_printed('replayed 2 of 3 notifications in 30.0 s')

    def test_loop(self) -> None:
        """With --loop, replay ends with 0 when a signal stops it."""
        self.record(0, 10)
        self.stop_at(35)
        self.assertEqual(0, self.replay('--loop'))
        self.assert_printed(
            'replayed a loop of 2 notifications, 7 in all, in 40.0 s'
        )
        self.assertEqual(
            [0, 1] * 3 + [0], [each.payload['n'] for each in self.consumer]
        )

    def test_compressed(self) -> None:
        """A file that is compressed by gzip is read as well."""
        these = self.record(0)
        with open(self.file, 'rb') as f:
            data = gzip.compress(f.read())
        with open(self.file, 'wb') as f:
            f.write(data)
        self.assertEqual(0, self.replay())
        self.assertEqual(these, self.consumer.notifications)

    def test_rotated(self) -> None:
        """The command publishes rotated files first, each at its pace."""
        these = []
        for second, number in (0, 10), (3, 2):
            these += self.record(second)
            os.rename(self.file, f'{self.file}.{number}')
        these += self.record(5)
        self.assertEqual(0, self.replay())
        self.assertEqual(these, self.consumer.notifications)
        self.assertEqual(self.begun + 5, self.clock.monotonic())

    def test_broken(self) -> None:
        """Nothing is published of a file with a broken line."""
        self.record(0)
        with open(self.file, 'a') as f:
            f.write('garbage\n')
        self.assertEqual(1, self.replay())
        self.assertIn(f'recording {self.file}, line 3: ', self.text(self.err))
        self.assertEqual(0, len(self.consumer))

    def test_long_line(self) -> None:
        """A line that is too long is a broken line."""
        recordings.shorten_lines(self)
        self.record(0)
        recordings.append_long_line(self.file)
        self.assertEqual(1, self.replay())
        self.assert_printed(
            f'recording {self.file}, line 3: {recordings.too_long()}'
        )
        self.assertEqual(0, len(self.consumer))

    def test_unfinished_line(self) -> None:
        """The complete lines are published; the command reports the rest."""
        self.record(0)
        with open(self.file, 'a') as f:
            f.write('{"document"')
        self.assertEqual(0, self.replay())
        self.assertIn('line 3: ignored the last line', self.text(self.err))
        self.assertEqual(1, len(self.consumer))

    def test_missing_directory(self) -> None:
        """replay does not create the directory: the path may be misspelled."""
        self.record(0)
        self.assertEqual(1, self.replay(uri='unix+dir:///none/such'))
        self.assert_printed(
            'rendezvous directory /none/such does not exist; correct the '
            'path, or start the service that creates the directory'
        )
