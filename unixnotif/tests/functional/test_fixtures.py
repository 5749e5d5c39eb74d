# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The fixtures in test suites: failures, processes, threads, runners."""

import importlib.util
import json
import logging
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
from typing import Any
import unittest

import fixtures as fixtures_library
from oslo_config import cfg
import oslo_messaging
from oslotest import base as oslotest_base
from testtools.testresult import doubles

from unixnotif import fixtures
from unixnotif.tests import base as support
from unixnotif.tests.functional import base
from unixnotif.tests.unit.fixtures import base as services

BURST = 5000
# A payload so large that few notifications fill a socket's buffer.
BULKY = 'x' * 2000


class TestCase(base.TestCase):
    """A test of a service with a conf of its own."""

    def setUp(self) -> None:
        super().setUp()
        self.conf = services.new_conf()

    def use(self) -> fixtures.UnixNotifierFixture:
        made: fixtures.UnixNotifierFixture = self.useFixture(
            fixtures.UnixNotifierFixture(self.conf)
        )
        return made


class ProcessTest(TestCase):
    """Notifications of other processes."""

    def test_service_with_workers(self) -> None:
        """Processes with an equal configuration file are captured."""
        fixture = self.use()
        service = self.start_service(
            self.write_config(fixture.uri), workers=2, threads=2
        )
        service.send(emit=100)
        found = fixture.consumer.wait_for(
            'test.number',
            publisher_id='service:host',
            topic='notifications',
            count=400,
            timeout=base.DEADLINE,
        )
        service.finish()
        pids = {each.sender.pid for each in found if each.sender}
        self.assertEqual(2, len(pids))
        self.assertNotIn(os.getpid(), pids)
        for slot in range(4):
            self.assertEqual(
                list(range(1, 101)),
                [n.payload['n'] for n in found if n.payload['slot'] == slot],
            )

    def test_forked_children(self) -> None:
        """Children that use a Notifier of the parent are captured."""
        early = services.new_notifier(self.conf, driver='test')
        fixture = self.use()
        late = services.new_notifier(self.conf)
        late.info({}, 'service.update', 'parent')

        def emit() -> int:
            for notifier in (early, late):
                notifier.info({}, 'service.update', 'child')
            return os.getpid()

        children = [support.Child(emit) for _ in range(2)]
        pids = {child.result() for child in children}
        # The children have ended: all is here without waiting.
        found = fixture.consumer.notifications
        self.assertEqual(
            ['parent'] + ['child'] * 4, [n.payload for n in found]
        )
        self.assertEqual(
            pids | {os.getpid()},
            {each.sender.pid for each in found if each.sender},
        )

    def test_child_wakes_the_wait(self) -> None:
        """A wait ends with the notification of another process."""
        fixture = self.use()
        service = self.start_service(self.write_config(fixture.uri))
        service.send(emit=1)
        [found] = fixture.consumer.wait_for(timeout=base.DEADLINE)
        self.assertEqual(service.pid, found.sender and found.sender.pid)
        service.finish()

    def test_burst_of_another_process(self) -> None:
        """Notifications that were not read in time fail the test."""
        fixture = fixtures.UnixNotifierFixture(self.conf)
        fixture.setUp()
        service = self.start_service(
            self.write_config(fixture.uri, send_buffer_size=4096)
        )
        answer = service.ask(emit=BURST)
        service.finish()
        lost = fixture.consumer.lost
        self.assertGreater(lost, 0)
        self.assertEqual(
            answer['emitted'], len(fixture.consumer.notifications) + lost
        )
        e = self.assertRaises(AssertionError, fixture.cleanUp)
        self.assertTrue(
            str(e).startswith(
                'The capture of this test is not complete.\n'
                f'{lost} notifications were lost (buffer_full):\n'
            ),
            str(e),
        )


class BurstTest(TestCase):
    """Bursts of the test's own process."""

    def test_more_than_the_buffer(self) -> None:
        """All notifications are captured, in order, after the last call."""
        fixture = self.use()
        notifier = fixture.notifier('service:host')
        for i in range(BURST):
            notifier.info({}, 'test.number', [i, BULKY])
        self.assertEqual(
            list(range(BURST)),
            [each.payload[0] for each in fixture.consumer.notifications],
        )
        self.assertEqual(0, fixture.consumer.lost)

    def test_threads(self) -> None:
        """Bursts of several threads are captured, while other threads read."""
        fixture = self.use()
        early = services.new_notifier(self.conf)
        late = fixture.notifier('service:host')
        total = BURST // 4 * 4

        def emit(slot: int) -> None:
            notifier = (early, late)[slot % 2]
            for i in range(total // 4):
                notifier.info({}, 'test.number', [slot, i, BULKY])

        threads = [
            threading.Thread(target=emit, args=(slot,)) for slot in range(4)
        ]
        for thread in threads:
            thread.start()
        found = fixture.consumer.wait_for(count=total, timeout=base.DEADLINE)
        for thread in threads:
            thread.join()
        for slot in range(4):
            self.assertEqual(
                list(range(total // 4)),
                [n.payload[1] for n in found if n.payload[0] == slot],
            )
        self.assertEqual(0, fixture.consumer.lost)


class CleanUpTest(TestCase):
    """Resources that remain after many tests."""

    def test_nothing_is_left(self) -> None:
        """No file, descriptor, thread, handler, patch or override remains."""
        self.useFixture(fixtures_library.NestedTempfile())
        early = services.new_notifier(self.conf, driver='test')
        method = vars(oslo_messaging.Notifier)['_notify']

        def state() -> list[Any]:
            return [
                os.listdir(tempfile.gettempdir()),
                support.open_descriptors(),
                support.open_sockets(),
                threading.enumerate(),
                [
                    list(logging.getLogger(name).handlers)
                    for name in ('unixnotif', 'oslo_messaging', '')
                ],
                services.drivers_of(early),
                vars(oslo_messaging.Notifier)['_notify'] is method,
                self.conf.oslo_messaging_notifications.driver,
                self.conf.oslo_messaging_unix.socket_uri,
            ]

        before = state()
        late = []
        for _ in range(20):
            with fixtures.UnixNotifierFixture(self.conf) as fixture:
                late.append(services.new_notifier(self.conf))
                late.append(fixture.notifier('x:y'))
                for notifier in (early, *late):
                    notifier.info({}, 'service.update', {})
                self.assertEqual(
                    1 + len(late), len(fixture.consumer.notifications)
                )
            self.assertEqual(before, state())


class InnerTest(oslotest_base.BaseTestCase):
    """Tests as a developer writes them; FailureTest runs them."""

    conf: cfg.ConfigOpts

    def setUp(self) -> None:
        super().setUp()
        self.fixture = self.useFixture(fixtures.UnixNotifierFixture(self.conf))
        self.notifier = self.fixture.notifier('service:host')
        self.notifier.info({}, 'service.update', {'n': 1})

    def passes(self) -> None:
        """Emit a notification, and find it."""
        self.fixture.consumer.wait_for('service.update')

    def fails(self) -> None:
        """Wait for a notification that does not arrive."""
        self.fixture.consumer.wait_for('service.delete', timeout=0)

    def loses(self) -> None:
        """Emit a payload that cannot be serialized, and nothing else."""
        self.notifier.info({}, 'service.update', Broken())

    def fails_and_loses(self) -> None:
        """Lose a notification, and wait for one that does not arrive."""
        self.loses()
        # With this notification, the publisher sends the lost record.
        self.notifier.info({}, 'service.update', {'n': 2})
        self.fails()

    def meets_a_driver_error(self) -> None:
        """A driver that raises does not disturb the service."""
        self.useFixture(
            fixtures_library.MonkeyPatch(
                'unixnotif.notify_driver.UnixDriver.deliver', _raise
            )
        )
        self.notifier.info({}, 'service.update', {})
        self.fails()


def _raise(*_: Any) -> None:
    raise ValueError('a bug')


class Broken:
    """A payload that raises when it is serialized."""

    def __iter__(self) -> Any:
        raise RuntimeError('broken')


class FailureTest(TestCase):
    """The output of a test that a developer sees."""

    def run_inner(self, name: str) -> tuple[str, dict[str, str]]:
        """Run an inner test; return its outcome, and its details as text."""
        self.useFixture(
            fixtures_library.MonkeyPatch(
                f'{__name__}.InnerTest.conf', self.conf
            )
        )
        result: Any = doubles.ExtendedTestResult()
        InnerTest(name).run(result)
        [event] = [
            event
            for event in result._events
            if event[0] not in ('startTest', 'stopTest')
        ]
        details = event[2] if len(event) > 2 else {}
        return event[0], {
            name: content.as_text() for name, content in details.items()
        }

    def test_passed(self) -> None:
        """A test that passes shows nothing."""
        outcome, _ = self.run_inner('passes')
        self.assertEqual('addSuccess', outcome)

    def test_capture_is_attached(self) -> None:
        """A failed test shows all that was captured, with who sent it."""
        outcome, details = self.run_inner('fails')
        self.assertEqual('addFailure', outcome)
        [line] = details['notifications'].splitlines()
        document = json.loads(line)
        self.assertEqual({'n': 1}, document['payload'])
        self.assertEqual('service.update', document['event_type'])
        self.assertEqual(os.getpid(), document['sender']['pid'])
        for text in (
            'AssertionError: expected at least 1 within 0 seconds',
            '\ngot 0\n',
            '\nother notifications (1):\n'
            '  service.update INFO from service:host on notifications '
            f'pid={os.getpid()}\n',
        ):
            self.assertIn(text, details['traceback'])

    def test_loss_fails(self) -> None:
        """A test that lost a notification fails, and says why."""
        outcome, details = self.run_inner('loses')
        self.assertEqual('addFailure', outcome)
        for text in (
            '1 notification was lost (unserializable):\n'
            '  service.update of service:host\n',
            'Dropping a notification: service.update cannot be serialized: '
            'payload: Broken ',
        ):
            self.assertIn(text, details['traceback'])

    def test_drops_are_attached(self) -> None:
        """A failed test shows losses and errors of drivers."""
        outcome, details = self.run_inner('fails_and_loses')
        self.assertEqual('addFailure', outcome)
        lines = details['notifications'].splitlines()
        self.assertEqual(2, sum(line.startswith('{') for line in lines))
        self.assertIn('# lost: unserializable: 1', lines)
        self.assertIn(
            '# driver error: Dropping a notification: service.update '
            'cannot be serialized: payload: Broken (RuntimeError: broken)',
            lines,
        )
        self.assertIn(
            'lost before reaching the test: unserializable: 1\n',
            details['traceback'],
        )

    def test_driver_errors_are_attached(self) -> None:
        """The fixture reports errors that a Notifier swallows."""
        outcome, details = self.run_inner('meets_a_driver_error')
        self.assertEqual('addFailure', outcome)
        for text in (details['notifications'], details['traceback']):
            self.assertIn("driver error: Problem 'a bug' attempting to", text)
            self.assertIn("ValueError('a bug')", text)


# Two modules of tests that emit in this process and in a child.
SUITE = """
import os
import testtools
import oslo_messaging
from oslo_config import cfg
from unixnotif import fixtures


class EmittingTest(testtools.TestCase):
    def setUp(self):
        super().setUp()
        self.fixture = self.useFixture(fixtures.UnixNotifierFixture())
        assert len(self.fixture.uri) > {depth}, self.fixture.uri
        transport = oslo_messaging.get_notification_transport(
            cfg.CONF, 'fake://'
        )
        self.notifier = oslo_messaging.Notifier(transport, self.id())


def make(number):
    def test(self):
        for i in range(200):
            self.notifier.info({{}}, f'test.{{number}}', 'x' * 5000)
        pid = os.fork()
        if not pid:
            try:
                self.notifier.info({{}}, f'test.{{number}}', 'child')
            finally:
                os._exit(0)
        os.waitpid(pid, 0)
        found = self.fixture.consumer.notifications
        self.assertEqual(201, len(found))
        self.assertEqual({{self.id()}}, {{n.publisher_id for n in found}})
    return test


for number in range(10):
    setattr(EmittingTest, f'test_{{number}}', make(number))
"""

# A service under eventlet, with a fixture as under pytest.
EVENTLET = """
import eventlet
eventlet.monkey_patch()
import threading
import oslo_messaging
from eventlet import patcher
from oslo_config import cfg
from unixnotif.fixtures import UnixNotifierFixture

transport = oslo_messaging.get_notification_transport(cfg.CONF, 'fake://')
early = oslo_messaging.Notifier(transport, 'early:host', driver='test')
with UnixNotifierFixture() as fixture:
    def emit(notifier):
        for i in range(1000):
            notifier.info({}, 'test.number', 'x' * 2000)
            if not i % 100:
                eventlet.sleep()
    late = fixture.notifier('late:host')
    for notifier in (early, late) * 2:
        eventlet.spawn(emit, notifier)
    # They only run while this waits.
    assert not fixture.consumer.notifications
    found = fixture.consumer.wait_for('test.number', count=4000, timeout=200)
    assert len(found) == 4000, len(found)
    native = patcher.original('threading').Thread(
        target=late.info, args=({}, 'test.native', {})
    )
    native.start()
    fixture.consumer.wait_for('test.native', timeout=200)
    native.join()
    fixture.consumer.reset()
    fixture.consumer.assert_none()
print('done')
"""

PYTEST = """
import pytest
from unixnotif.fixtures import CapturingConsumer, UnixNotifierFixture


def test_passes():
    with UnixNotifierFixture() as f:
        f.notifier('x:y').info({}, 'service.update', {'n': 1})
        [found] = f.consumer.wait_for('service.*')
        assert found.payload == {'n': 1}


@pytest.fixture
def notifications():
    with UnixNotifierFixture() as f:
        yield f


def test_fails(notifications):
    notifications.notifier('x:y').info({}, 'service.update', {})
    notifications.consumer.wait_for('service.delete', timeout=0)


def test_loses(notifications):
    notifications.notifier('x:y').info({}, 'service.update', {1: Broken()})


class Broken:
    def __iter__(self):
        raise RuntimeError('broken')
"""


class RunnerTest(base.TestCase):
    """Test runners, in processes of their own."""

    def run_python(self, *args: str, **env: str) -> str:
        """Run an interpreter below our directory; return output and code."""
        path = os.pathsep.join(
            filter(None, [str(support.ROOT), os.environ.get('PYTHONPATH')])
        )
        done = subprocess.run(
            [sys.executable, *args],
            cwd=self.top,
            env={**os.environ, 'PYTHONPATH': path, **env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=base.DEADLINE,
            text=True,
            check=False,
        )
        return f'{done.stdout}\nexit code {done.returncode}'

    def deep_directory(self) -> pathlib.Path:
        """Return a directory whose path is too long for a socket."""
        path = self.top / 'deep'
        while len(str(path)) < 200:
            path /= 'directory'
        path.mkdir(parents=True, exist_ok=True)
        return path

    def test_parallel_workers(self) -> None:
        """Captures of stestr's workers do not mix, even if TMPDIR is long."""
        suite = self.top / 'suite'
        suite.mkdir()
        (suite / '__init__.py').touch()
        for i in range(4):
            (suite / f'test_{i}.py').write_text(SUITE.format(depth=200))
        (self.top / '.stestr.conf').write_text(
            '[DEFAULT]\ntest_path=./suite\ntop_dir=./\n'
        )
        temporary = self.deep_directory()
        output = self.run_python(
            '-m',
            'stestr',
            'run',
            '--concurrency',
            '4',
            TMPDIR=str(temporary),
        )
        self.assertIn(' - Passed: 40\n', output)
        self.assertIn(' - Failed: 0\n', output)
        self.assertTrue(output.endswith('exit code 0'), output)
        self.assertEqual([], list(temporary.iterdir()))

    def test_eventlet(self) -> None:
        """The fixture works under eventlet, with green and native threads."""
        output = self.run_python('-W', 'ignore', '-c', EVENTLET)
        self.assertTrue(output.endswith('done\n\nexit code 0'), output)

    @unittest.skipUnless(
        importlib.util.find_spec('pytest'), 'pytest is not installed'
    )
    def test_pytest(self) -> None:
        """The fixture works in pytest as a plain context manager."""
        (self.top / 'test_it.py').write_text(PYTEST)
        output = self.run_python(
            '-m',
            'pytest',
            '-p',
            'no:warnings',
            '-p',
            'no:cacheprovider',
            'test_it.py',
        )
        self.assertIn(' 1 failed, 2 passed, 1 error in ', output)
        # The traceback shows the test, not the code of the fixture.
        self.assertNotIn('def wait_for', output)
        self.assertIn(
            'AssertionError: expected at least 1 within 0 seconds',
            output,
        )
        self.assertIn(
            '1 notification was lost (unserializable):',
            output,
        )
