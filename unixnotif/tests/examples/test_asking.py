# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The how-to guide of the fixtures: what a test asks, and what fails it."""

from oslo_config import cfg
import oslo_messaging

from unixnotif.fixtures import UnixNotifierFixture
from unixnotif.matchers import HasPayload
from unixnotif.matchers import MatchesNotification
from unixnotif.tests.examples import base as examples
from unixnotif.tests.examples import thing


class AskingTest(examples.ExampleTest):
    def setUp(self) -> None:
        super().setUp()
        self.emitted = self.useFixture(UnixNotifierFixture()).consumer
        thing.init(cfg.CONF)

    def test_payload(self) -> None:
        thing.create('thing-1')
        thing.create('thing-2')

        [start, end] = self.emitted.wait_for(
            'thing.create.*', payload=HasPayload(id='thing-2'), count=2
        )

        self.assertEqual('thing.create.start', start.event_type)
        self.assertEqual('thing.create.end', end.event_type)

    def test_exactly(self) -> None:
        thing.create('thing-1')

        self.emitted.wait_for('thing.create.end', count=2, exactly=True)

    def test_find(self) -> None:
        thing.create('thing-1')

        self.assertEqual(3, len(self.emitted))
        self.assertEqual('thing.create.start', self.emitted.event_types()[0])
        for sent in self.emitted.find(topic='notifications'):
            self.assertEqual('thing-1', sent.payload['id'])

    def test_sequence(self) -> None:
        thing.create('thing-1')
        thing.create('thing-2')

        self.emitted.assert_sequence(
            ['thing.create.start', 'thing.create.end', 'thing.create.start']
        )
        self.emitted.assert_sequence(
            [
                'thing.create.end',
                MatchesNotification(
                    'thing.create.start', payload=HasPayload(id='thing-2')
                ),
            ],
            gaps=False,
        )

    def test_none_within(self) -> None:
        thing.create_later('')

        self.emitted.assert_none('thing.create.end', within=0.5)


class FailingTest(examples.ExampleTest):
    """What each question says when the answer is no."""

    def setUp(self) -> None:
        super().setUp()
        self.emitted = self.useFixture(UnixNotifierFixture()).consumer
        thing.init(cfg.CONF)

    def assert_says(self, name: str, error: AssertionError) -> None:
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

        self.assert_says('failed_payload', error)

    def test_more_than_exactly(self) -> None:
        thing.create('thing-1')

        error = self.assertRaises(
            AssertionError,
            self.emitted.wait_for,
            'thing.create.end',
            exactly=True,
        )

        self.assert_says('failed_exactly', error)

    def test_one_instead_of_none(self) -> None:
        thing.create('')

        error = self.assertRaises(
            AssertionError, self.emitted.assert_none, priority='error'
        )

        self.assert_says('failed_none', error)

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

        self.assert_says('failed_not_captured', error)

    def test_another_sequence(self) -> None:
        thing.create('thing-1')

        error = self.assertRaises(
            AssertionError,
            self.emitted.assert_sequence,
            ['thing.create.start', 'thing.create.end', 'thing.delete.*'],
        )

        self.assert_says('failed_sequence', error)
