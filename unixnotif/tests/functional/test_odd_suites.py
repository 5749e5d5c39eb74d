# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Suites with mocks, forks and odd directories, as users run them.

Rule: a test is green if it should be; a red one has a message that a stranger
can act on. Suites that freeze the time are in ``test_frozen_time``.
"""

import os

from unixnotif.tests.functional import suites

SUITE = """\
import os
import shutil
import sys
from unittest import mock

import testtools
from oslo_config import cfg
import oslo_messaging

from unixnotif.fixtures import UnixNotifierFixture


class Serializer(oslo_messaging.NoOpSerializer):
    def serialize_context(self, ctxt):
        return ctxt.to_dict()


class OddTest(testtools.TestCase):
    def setUp(self):
        super().setUp()
        self.fixture = self.useFixture(UnixNotifierFixture())
        self.notifier = self.fixture.notifier('x:y')

    def test_green_mock_context(self):
        notifier = oslo_messaging.Notifier(
            oslo_messaging.get_notification_transport(cfg.CONF, 'fake://'),
            'x:y',
            serializer=Serializer(),
        )
        for context in (mock.Mock(), mock.MagicMock(), mock.sentinel.context):
            self.notifier.info(context, 'a', {'n': 1})
        for context in (mock.Mock(), mock.MagicMock()):
            notifier.info(context, 'b', {'n': 1})
        self.assertEqual(5, len(self.fixture.consumer.notifications))
        [warning, *_] = self.fixture.consumer.driver_errors
        self.assertIn('without its context', warning)

    def test_red_mock_payload(self):
        self.notifier.info({}, 'volume.create', {'host': [mock.Mock()]})

    def test_green_fork_and_exit(self):
        self.notifier.info({}, 'one', {})
        pid = os.fork()
        if pid == 0:
            self.notifier.info({}, 'child', {})
            # The runner of the child has a report of its own.
            for number in 1, 2:
                os.dup2(os.open(os.devnull, os.O_WRONLY), number)
            # Unwinds through the test, and its clean-ups, in the child.
            sys.exit(0)
        os.waitpid(pid, 0)
        self.notifier.info({}, 'two', {})
        self.assertEqual(
            ['one', 'child', 'two'], self.fixture.consumer.event_types()
        )

    def test_red_directory_removed(self):
        path = self.fixture.consumer._consumer.address.path
        shutil.rmtree(path)
        self.notifier.info({}, 'volume.create', {})
        self.fixture.consumer.assert_none('volume.create')

    def test_green_conf(self):
        [uri] = cfg.CONF.oslo_messaging_unix.socket_uri
        self.assertEqual(self.fixture.uri, uri)
        self.notifier.info({}, 'one', {})
        self.fixture.consumer.wait_for_one('one', timeout=0)
"""


class OddSuiteTest(suites.SuiteCase):
    def setUp(self) -> None:
        super().setUp()
        (self.folder / 'test_odd.py').write_text(SUITE)

    def assert_outcomes(self, output: str) -> None:
        """The right tests are red, and say why."""
        self.assertNotRegex(output, r'(FAIL|ERROR): test_odd.*test_green')
        self.assertIn('FAIL: test_odd.OddTest.test_red_mock_payload', output)
        self.assertIn('1 notification was lost (unserializable):\n', output)
        self.assertIn('  volume.create of x:y\n', output)
        self.assertIn('payload.host[0]: Mock\n', output)
        self.assertIn('FAIL: test_odd.OddTest.test_red_directory', output)
        self.assertIn('The directory of the fixture was removed', output)

    def test_suite(self) -> None:
        """The suite runs in one process; a forked child reports nothing."""
        output = self.run_in_folder(1, 'testtools.run', 'test_odd')
        self.assert_outcomes(output)
        self.assertEqual(1, output.count('FAILED (failures=2)'), output)

    def test_odd_directory(self) -> None:
        """A TMPDIR with characters that URIs and options treat specially."""
        odd = self.folder / 'a%2Fb,c #d'
        odd.mkdir()
        output = self.run_in_folder(
            1, 'testtools.run', 'test_odd', TMPDIR=str(odd)
        )
        self.assert_outcomes(output)
        self.assertIn(str(odd), output)
        self.assertEqual([], os.listdir(odd))
