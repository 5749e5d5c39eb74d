# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Options, signals and exit statuses of the tools."""

import argparse
import os
import signal

import fixtures
from oslotest import base

from tools import commands
from tools import errors


class RunTest(base.BaseTestCase):
    def setUp(self) -> None:
        super().setUp()
        for number in (signal.SIGTERM, signal.SIGHUP):
            before = signal.getsignal(number)
            self.addCleanup(signal.signal, number, before)

    def run_work(self, error: BaseException | None) -> tuple[int, str]:
        """Return the exit status, and the output to standard error."""

        def work() -> int:
            if error:
                raise error
            return 1

        output = self.useFixture(fixtures.StringStream('stderr')).stream
        with fixtures.MonkeyPatch('sys.stderr', output):
            status = commands.run('tool', work)
        output.seek(0)
        return status, output.read()

    def test_status(self) -> None:
        """The work decides, unless an error ends it."""
        self.assertEqual((1, ''), self.run_work(None))
        self.assertEqual(
            (2, 'tool: error: no pip\n'),
            self.run_work(errors.ToolError('no pip')),
        )
        self.assertEqual(
            (2, "tool: error: [Errno 2] gone: '/a'\n"),
            self.run_work(OSError(2, 'gone', '/a')),
        )
        self.assertEqual(
            (130, '\ninterrupted\n'), self.run_work(KeyboardInterrupt())
        )

    def test_signals(self) -> None:
        """A signal ends the work by an exception, so that it cleans up."""
        cleaned = []

        def work() -> int:
            try:
                os.kill(os.getpid(), signal.SIGTERM)
            finally:
                cleaned.append(True)
            return 0

        error = self.assertRaises(SystemExit, commands.run, 'tool', work)
        self.assertEqual(128 + signal.SIGTERM, error.code)
        self.assertEqual([True], cleaned)


class OptionsTest(base.BaseTestCase):
    def assert_refused(self, expected: str, *arguments: str) -> None:
        options = commands.parser('tool', 'text', 'text')
        options.add_argument('--count', type=commands.count)
        options.add_argument('--seconds', type=commands.seconds)
        options.add_argument('--regex', type=commands.regex)
        output = self.useFixture(fixtures.StringStream('stderr')).stream
        with fixtures.MonkeyPatch('sys.stderr', output):
            self.assertRaises(SystemExit, options.parse_args, arguments)
        output.seek(0)
        self.assertIn(expected, output.read())

    def test_mistakes(self) -> None:
        """The message names the type."""
        self.assert_refused("invalid count value: '0'", '--count=0')
        for text in ('0', '-1', 'nan', 'inf', 'x'):
            self.assert_refused(
                f"invalid number of seconds value: '{text}'",
                f'--seconds={text}',
            )
        self.assert_refused("'(' is not a regular expression", '--regex=(')

    def test_values(self) -> None:
        """Right values are converted."""
        self.assertEqual(3, commands.count('3'))
        self.assertEqual(0.5, commands.seconds('0.5'))
        self.assertEqual('a|b', commands.regex('a|b'))

    def test_help(self) -> None:
        """The texts keep their lines."""
        options = commands.parser('tool', 'a\nb', 'c\nd')
        self.assertIsInstance(options, argparse.ArgumentParser)
        self.assertIn('a\nb\n', options.format_help())
        self.assertIn('c\nd\n', options.format_help())
