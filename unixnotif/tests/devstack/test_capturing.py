# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Reading and following a capture, and the needs of a cloud test.

Rule: the file grows when the follower pauses, so that nothing depends on
time.
"""

from collections.abc import Callable
import configparser
import os
import pathlib
from typing import Any
import unittest

import fixtures
from oslotest import base as oslotest

from unixnotif import errors
from unixnotif import matchers
from unixnotif import notification
from unixnotif import recording
from unixnotif.tests.devstack import base
from unixnotif.tests.devstack import capturing
from unixnotif.tests.devstack import test_backend
from unixnotif.tests.devstack import test_cloud
from unixnotif.tests.devstack import test_recorded

LAST = 'keypair.delete.end'


def has_last(found: capturing.Capture) -> None:
    found.expect(matchers.MatchesNotification(LAST))


class CapturingTest(oslotest.BaseTestCase):
    """A capture that another process writes."""

    def setUp(self) -> None:
        super().setUp()
        directory = self.useFixture(fixtures.TempDir()).path
        self.path = os.path.join(directory, 'capture.jsonl')
        self.lines = [
            line
            for line in test_recorded.lines()
            if isinstance(line, recording.Recorded)
        ]

    def write(self, these: list[recording.Recorded]) -> None:
        with recording.Writer(self.path) as writer:
            writer.write(these)

    def follow(
        self, *steps: Callable[[], Any], timeout: float = 600
    ) -> capturing.Capture:
        """Follow the capture; run one step in each pause; all must run."""
        left = list(steps)

        def pause(seconds: float) -> None:
            left.pop(0)()

        found = capturing.follow(self.path, has_last, timeout, pause)
        self.assertEqual([], left)
        return found

    def test_what_is_there_is_found_at_once(self) -> None:
        """The follower returns a complete capture without a pause."""
        self.write(self.lines)
        self.assertEqual(len(self.lines), len(self.follow()))

    def test_it_may_grow_and_come_late(self) -> None:
        """The file may appear late, and grow in several steps."""
        found = self.follow(
            lambda: None,
            lambda: self.write(self.lines[:5]),
            lambda: None,
            lambda: self.write(self.lines[5:]),
        )
        self.assertEqual(len(self.lines), len(found))

    def test_it_may_rotate(self) -> None:
        """The notifications of rotated files come first."""
        self.write(self.lines[:5])

        def rotate() -> None:
            os.rename(self.path, f'{self.path}.1')
            self.write(self.lines[5:9])
            os.rename(f'{self.path}.1', f'{self.path}.2')
            os.rename(self.path, f'{self.path}.1')
            self.write(self.lines[9:])

        found = self.follow(rotate)
        self.assertEqual(
            [line.notification for line in self.lines], found.notifications
        )

    def test_a_line_may_be_half_written(self) -> None:
        """The reader waits until the last line is complete."""
        self.write(self.lines)
        with open(self.path, 'r+b') as file:
            whole = file.read()
            file.truncate(whole.rindex(LAST.encode()))

        def finish() -> None:
            with open(self.path, 'wb') as file:
                file.write(whole)

        self.assertEqual(len(self.lines), len(self.follow(finish)))

    def test_what_does_not_come_is_named(self) -> None:
        """The error names missing and captured types, and the timeout."""
        self.write(self.lines[:5])
        error = self.assertRaises(AssertionError, self.follow, timeout=0)
        self.assertIn(LAST, str(error))
        self.assertIn('keypair.create.end', str(error))
        self.assertIn('after 0 seconds', error.__notes__[0])

    def test_a_file_that_does_not_come_is_named(self) -> None:
        """The error has the path of the missing file."""
        error = self.assertRaises(
            errors.UnavailableError, self.follow, timeout=0
        )
        self.assertIn(self.path, str(error))

    def test_losses_add_up(self) -> None:
        """By reason."""
        lost = [
            notification.Lost(3, {'buffer_full': 3}),
            notification.Lost(2, {'buffer_full': 1, 'too_large': 1}),
        ]
        self.assertEqual(
            {'buffer_full': 4, 'too_large': 1},
            capturing.Capture(lost).lost_reasons,
        )


class CloudTest(oslotest.BaseTestCase):
    """Conditions that skip a test, and conditions that fail it."""

    def set(self, **variables: str | None) -> None:
        names = (test_cloud.CLOUD, test_cloud.CAPTURE, test_cloud.CATALOGUE)
        for name in names:
            value = variables.get(name)
            self.useFixture(fixtures.EnvironmentVariable(name, value))

    def raised(self, kind: type[Exception]) -> str:
        return str(self.assertRaises(kind, test_cloud.CloudTest.setUpClass))

    def test_a_capture_without_a_cloud_fails(self) -> None:
        """A job that has lost a variable must not pass by skipping."""
        self.set(UNIXNOTIF_CAPTURE='capture.jsonl')
        self.assertIn(
            'OS_CLOUD is not set; for example devstack-admin',
            self.raised(AssertionError),
        )

    def test_without_a_capture_it_is_skipped(self) -> None:
        """OS_CLOUD alone skips the tests: many people have a cloud."""
        self.set(OS_CLOUD='mine')
        self.assertIn(
            'no cloud: UNIXNOTIF_CAPTURE is not set; for example /opt/',
            self.raised(unittest.SkipTest),
        )

    def test_a_capture_that_is_not_there_fails(self) -> None:
        """Before a server is booted."""
        path = os.path.join(self.useFixture(fixtures.TempDir()).path, 'c')
        self.set(OS_CLOUD='mine', UNIXNOTIF_CAPTURE=path)
        message = self.raised(AssertionError)
        self.assertIn(f'UNIXNOTIF_CAPTURE={path}: ', message)
        self.assertIn('No such file', message)

    def test_what_is_no_capture_fails(self) -> None:
        """The failure names the variable with the wrong file."""
        self.set(OS_CLOUD='mine', UNIXNOTIF_CAPTURE=__file__)
        self.assertIn(
            f'UNIXNOTIF_CAPTURE={__file__}: ', self.raised(AssertionError)
        )

    def test_a_catalogue_that_is_none_fails(self) -> None:
        """The failure names the variable of the missing catalogue."""
        self.set(
            OS_CLOUD='mine',
            UNIXNOTIF_CAPTURE=str(test_recorded.RECORDING),
            UNIXNOTIF_CATALOGUE=str(base.SAMPLES / 'none.json'),
        )
        self.assertIn('UNIXNOTIF_CATALOGUE=', self.raised(AssertionError))

    def test_the_environment_of_tox_hands_the_variables_on(self) -> None:
        """Without the variables, the job would skip all tests, and pass."""
        path = pathlib.Path(__file__).parents[3] / 'tox.ini'
        if not path.exists():
            self.skipTest('tox.ini is not installed')
        tox = configparser.ConfigParser(interpolation=None)
        tox.read(path)
        passed = tox['testenv:functional-devstack']['pass_env'].split()
        for name in (
            test_cloud.CLOUD,
            test_cloud.CAPTURE,
            test_cloud.CATALOGUE,
            test_backend.BACKEND,
        ):
            self.assertIn(name, passed)
