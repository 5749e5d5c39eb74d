# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The how-to guide of the fixtures: what it shows is what runs here."""

import pathlib
import subprocess
import sys

import fixtures
from oslo_config import cfg
from oslotest import base
import testtools

from unixnotif import opts
from unixnotif.fixtures import CapturingConsumer
from unixnotif.fixtures import UnixNotifierFixture
from unixnotif.tests.examples import base as examples
from unixnotif.tests.examples import pytest_thing
from unixnotif.tests.examples import thing


class ThingTest(base.BaseTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.emitted = self.useFixture(UnixNotifierFixture()).consumer
        thing.init(cfg.CONF)

    def test_create_emits(self) -> None:
        thing.create('thing-1')

        [sent] = self.emitted.wait_for(
            'thing.create.end', topic='notifications'
        )
        self.assertEqual({'id': 'thing-1'}, sent.payload)
        self.assertEqual('thing-api:host1', sent.publisher_id)

    def test_order(self) -> None:
        thing.create('thing-1')

        self.assertEqual(
            ['thing.create.start', 'thing.create.end', 'thing.create.end'],
            [each.event_type for each in self.emitted.notifications],
        )

    def test_failure_emits_nothing_but_an_error(self) -> None:
        thing.create('')

        self.emitted.wait_for('thing.create.error', priority='error')
        self.emitted.assert_none('thing.create.start')
        self.emitted.assert_none('thing.create.end')

    def test_second_create(self) -> None:
        thing.create('thing-1')
        self.emitted.reset()

        thing.create('thing-2')

        [sent] = self.emitted.wait_for(topic='versioned_notifications')
        self.assertEqual({'thing_object.name': 'thing-2'}, sent.payload)

    def test_thread(self) -> None:
        thing.create_later('thing-1')

        self.emitted.wait_for('thing.create.end', count=2, timeout=30)


class LateFixtureTest(base.BaseTestCase):
    def test_notifiers_made_before(self) -> None:
        thing.init(cfg.CONF)
        fixture = self.useFixture(UnixNotifierFixture())

        thing.create('thing-1')

        fixture.consumer.wait_for('thing.create.end', count=2)


class OwnConfTest(base.BaseTestCase):
    def test_conf_of_ones_own(self) -> None:
        conf = cfg.ConfigOpts()
        fixture = self.useFixture(UnixNotifierFixture(conf))
        thing.init(conf)

        thing.create('thing-1')

        self.assertEqual(3, len(fixture.consumer.notifications))


class BurstTest(base.BaseTestCase):
    def setUp(self) -> None:
        super().setUp()
        # Small, so that the burst is larger on every host.
        opts.register(cfg.CONF)
        cfg.CONF.set_override('send_buffer_size', 65536, opts.GROUP)
        self.addCleanup(
            cfg.CONF.clear_override, 'send_buffer_size', opts.GROUP
        )

    def test_burst(self) -> None:
        fixture = self.useFixture(UnixNotifierFixture())
        notifier = fixture.notifier('thing-api:host1')

        for number in range(1000):
            notifier.info({}, 'thing.update', {'n': number, 'x': 'x' * 1000})

        self.assertEqual(
            list(range(1000)),
            [each.payload['n'] for each in fixture.consumer.notifications],
        )


class ProcessTest(base.BaseTestCase):
    def test_process(self) -> None:
        fixture = self.useFixture(UnixNotifierFixture())
        config = pathlib.Path(
            self.useFixture(fixtures.TempDir()).path, 'thing.conf'
        )
        config.write_text(
            '[oslo_messaging_notifications]\n'
            'driver = unix\n'
            '[oslo_messaging_unix]\n'
            f'socket_uri = {fixture.uri}\n'
        )
        service = subprocess.Popen(
            [
                sys.executable,
                '-m',
                'unixnotif.tests.examples.thing',
                f'--config-file={config}',
            ],
            cwd=examples.ROOT,
        )
        self.addCleanup(service.wait)

        [sent] = fixture.consumer.wait_for(
            'thing.create.end', topic='notifications', timeout=60
        )

        assert sent.sender is not None
        self.assertEqual(service.pid, sent.sender.pid)


class CapturingTest(base.BaseTestCase):
    def test_capturing_consumer_alone(self) -> None:
        consumer = self.useFixture(CapturingConsumer())
        subprocess.run(
            [
                sys.executable,
                '-m',
                'unixnotif.cli',
                'send',
                consumer.uri,
                '--event-type=thing.create.end',
                '{"id": "thing-1"}',
            ],
            cwd=examples.ROOT,
            check=True,
        )

        [sent] = consumer.notifications
        self.assertEqual({'id': 'thing-1'}, sent.payload)


class FailureTest(examples.ExampleTest):
    """What the guide says of tests that fail."""

    def run_failing(self, test: type[testtools.TestCase]) -> dict[str, str]:
        """Run the one test of a class, which fails; its details as text."""
        case = test('test_it')
        result = testtools.TestResult()
        case.run(result)
        self.assertFalse(result.wasSuccessful())
        return {
            name: detail.as_text()
            for name, detail in case.getDetails().items()
        }

    def test_wait_says_what_arrived(self) -> None:
        """The message of a wait in vain is as the page has it."""

        class Waiting(testtools.TestCase):
            def test_it(self) -> None:
                fixture = self.useFixture(UnixNotifierFixture())
                notifier = fixture.notifier(
                    'thing-api:host1', ['notifications']
                )
                notifier.info({}, 'thing.create.start', {})
                notifier.error({}, 'thing.create.error', {})
                fixture.consumer.wait_for(
                    'thing.create.error', priority='warn', timeout=0.1
                )

        details = self.run_failing(Waiting)

        message = details['traceback'].partition('Error: ')[2]
        expected = (examples.EXAMPLES / 'messages/failed_wait.txt').read_text()
        self.assert_prints(expected, message)
        self.assertIn(
            '"event_type": "thing.create.error"',
            details['notifications'],
        )

    def test_lost_notification_fails_the_test(self) -> None:
        """A test in which something was dropped fails at its end."""

        class Losing(testtools.TestCase):
            def test_it(self) -> None:
                fixture = self.useFixture(UnixNotifierFixture())
                fixture.conf.set_override(
                    'max_message_size', 4096, 'oslo_messaging_unix'
                )
                self.addCleanup(
                    fixture.conf.clear_override,
                    'max_message_size',
                    'oslo_messaging_unix',
                )
                notifier = fixture.notifier('thing-api:host1')
                notifier.info({}, 'thing.create.end', {'x': 'x' * 5000})

        details = self.run_failing(Losing)

        message = details['traceback'].partition('AssertionError: ')[2]
        expected = (examples.EXAMPLES / 'messages/lost_fails.txt').read_text()
        self.assert_prints(expected, message)


class PytestTest(base.BaseTestCase):
    def test_with_statement(self) -> None:
        """The function for pytest needs nothing but the with statement."""
        pytest_thing.test_create_emits()

    def test_pytest_runs_it(self) -> None:
        """pytest collects it and passes."""
        try:
            import pytest
        except ImportError:
            self.skipTest('pytest is not installed')
        path = examples.EXAMPLES / 'pytest_thing.py'
        self.assertEqual(
            0,
            subprocess.call(
                [
                    sys.executable,
                    '-m',
                    'pytest',
                    '-q',
                    '-p',
                    'no:cacheprovider',
                    str(path),
                ],
                cwd=examples.ROOT,
                stdout=subprocess.DEVNULL,
            ),
            pytest.__version__,
        )
