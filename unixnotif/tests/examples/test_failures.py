# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The messages of failing tests, as the guide shows them."""

from oslo_config import cfg
import oslo_messaging
import testtools

from unixnotif.fixtures import UnixNotifierFixture
from unixnotif.matchers import HasPayload
from unixnotif.tests.examples import base as examples
from unixnotif.tests.examples.programs import thing


class FailingTest(examples.ExampleTest):
    """The message of each assertion that fails."""

    def setUp(self) -> None:
        super().setUp()
        self.emitted = self.useFixture(UnixNotifierFixture()).consumer
        thing.init(cfg.CONF)

    def assert_message(self, name: str, error: AssertionError) -> None:
        self.assert_prints(self.read(f'messages/{name}.txt'), str(error))

    def test_payload_differs(self) -> None:
        thing.create('thing-1')

        error = self.assertRaises(
            AssertionError,
            self.emitted.wait_for,
            'thing.create.end',
            payload=HasPayload(id='thing-2'),
            timeout=0.1,
        )

        self.assert_message('failed_payload', error)

    def test_more_than_exactly(self) -> None:
        thing.create('thing-1')

        error = self.assertRaises(
            AssertionError,
            self.emitted.wait_for,
            'thing.create.end',
            exactly=True,
        )

        self.assert_message('failed_exactly', error)

    def test_one_instead_of_none(self) -> None:
        thing.create('')

        error = self.assertRaises(
            AssertionError, self.emitted.assert_none, priority='error'
        )

        self.assert_message('failed_none', error)

    def test_not_captured(self) -> None:
        disabled = oslo_messaging.Notifier(
            oslo_messaging.get_notification_transport(cfg.CONF, 'fake://'),
            'thing-api:host1',
            driver='noop',
        )

        disabled.info({}, 'thing.create.end', {})
        error = self.assertRaises(
            AssertionError,
            self.emitted.wait_for,
            'thing.create.end',
            timeout=0.1,
        )

        self.assert_message('failed_not_captured', error)

    def test_another_sequence(self) -> None:
        thing.create('thing-1')

        error = self.assertRaises(
            AssertionError,
            self.emitted.assert_sequence,
            ['thing.create.start', 'thing.create.end', 'thing.delete.*'],
        )

        self.assert_message('failed_sequence', error)


class FailureTest(examples.ExampleTest):
    """Tests that fail, with their details."""

    def run_failing(self, test: type[testtools.TestCase]) -> dict[str, str]:
        """Run the failing test of a class; return its details as text."""
        case = test('test_it')
        result = testtools.TestResult()
        case.run(result)
        self.assertFalse(result.wasSuccessful())
        return {
            name: detail.as_text()
            for name, detail in case.getDetails().items()
        }

    def test_wait_says_what_arrived(self) -> None:
        """The message shows the notifications that arrived."""

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
        """A test whose capture is incomplete fails at its end."""

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


class LateEmitterTest(examples.ExampleTest):
    def test_message(self) -> None:
        """The message of the second test names the first test."""
        self.write('programs/leaving.py', 'leaving.py')
        self.check_session('console/leaving.console', code=1)
