# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The how-to guide of the fixtures: services and Notifiers of every sort."""

from oslo_config import cfg
import oslo_messaging
from oslotest import base

from unixnotif.fixtures import UnixNotifierFixture
from unixnotif.tests.examples import base as examples


def new_notifier(conf: cfg.ConfigOpts, name: str) -> oslo_messaging.Notifier:
    """A Notifier as a service makes it."""
    transport = oslo_messaging.get_notification_transport(conf, 'fake://')
    return oslo_messaging.Notifier(transport, name)


class TwoServicesTest(base.BaseTestCase):
    def test_two_services(self) -> None:
        api_conf, agent_conf = cfg.ConfigOpts(), cfg.ConfigOpts()
        api = self.useFixture(UnixNotifierFixture(api_conf))
        agent = self.useFixture(UnixNotifierFixture(agent_conf))

        new_notifier(api_conf, 'thing-api:host1').info({}, 'thing.create', {})
        new_notifier(agent_conf, 'agent:host2').info({}, 'thing.ready', {})

        self.assertEqual(['thing.create'], api.consumer.event_types())
        self.assertEqual(['thing.ready'], agent.consumer.event_types())


class AttachTest(base.BaseTestCase):
    def test_attach(self) -> None:
        other = new_notifier(cfg.ConfigOpts(), 'thing-agent:host1')
        fixture = self.useFixture(UnixNotifierFixture())
        fixture.attach(other)

        other.info({}, 'thing.ready', {})

        fixture.consumer.wait_for(publisher_id='thing-agent:*')


class TopicsTest(base.BaseTestCase):
    def test_topics(self) -> None:
        fixture = self.useFixture(
            UnixNotifierFixture(topics=['versioned_notifications'])
        )

        new_notifier(cfg.CONF, 'thing-api:host1').info({}, 'thing.create', {})

        fixture.consumer.wait_for(topic='versioned_notifications')


class BackgroundTest(examples.ExampleTest):
    def test_parallel(self) -> None:
        """The command is for the tests that it is said to be for."""
        [(command, _)] = self.commands('console/parallel.console')
        module = 'unixnotif.tests.functional.test_parallel'
        self.assertIn(module, command)
        listed = command.replace(module, f'--list {module}')
        self.env['PYTHONPATH'] = str(examples.ROOT)

        output = self.shell(listed).finish()

        for name in ('test_pytest_xdist', 'test_stestr'):
            self.assertIn(f'{module}.ParallelTest.{name}\n', output)

    def test_cost(self) -> None:
        """The commands that measure it."""
        self.check_session('console/cost.console')


class LateEmitterTest(examples.ExampleTest):
    def test_message(self) -> None:
        """The failure of the second test names the first."""
        self.write('programs/leaving.py', 'leaving.py')
        self.check_session('console/leaving.console', code=1)
