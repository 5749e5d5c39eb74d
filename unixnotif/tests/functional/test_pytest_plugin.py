# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The pytest plugin, in sessions of pytest of their own.

Rule: the plugin is found as its users find it, by its entry point.
"""

import os
import pathlib
import re
import subprocess
import sys
import textwrap

import fixtures
from oslotest import base

from unixnotif.tests import base as testing

_HEAVY = (
    'fixtures',
    'oslo_',
    'stevedore',
    'testtools',
    'unixnotif.fixtures',
    'unixnotif.matchers',
)


class SessionTest(base.BaseTestCase):
    """A test that runs pytest in a folder of its own."""

    def setUp(self) -> None:
        super().setUp()
        self.folder = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        # Without this file, pytest would find a configuration further up.
        (self.folder / 'pytest.ini').write_text('[pytest]\n')

    def run_pytest(
        self, source: str, *args: str, **files: str
    ) -> tuple[str, str]:
        """Run a file of tests.

        :returns: the numbers of passed, failed and other tests, and the output
        """
        output = self.pytest_output(source, *args, **files)
        counts = re.search(r'(?m)^=*\s*(\d.*) in [\d.]+s', output)
        self.assertIsNotNone(counts, output)
        assert counts is not None
        return counts[1], output

    def pytest_output(self, source: str, *args: str, **files: str) -> str:
        """Run a file of tests; return the output."""
        for name, text in {'test_it': source, **files}.items():
            path = self.folder / f'{name}.py'
            path.write_text(textwrap.dedent(text))
        env = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith('PYTEST_')
        }
        done = subprocess.run(
            [
                sys.executable,
                '-m',
                'pytest',
                '-q',
                '--color=no',
                '-Wignore',
                '-pno:cacheprovider',
                *args,
            ],
            cwd=self.folder,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return done.stdout

    def sections(self, output: str) -> list[str]:
        """Return the headings of the sections with captures."""
        return re.findall(r'-+ (Captured .*?) -+', output)


class PluginTest(SessionTest):
    """The behavior of the fixtures, and the output of pytest."""

    def test_fixtures(self) -> None:
        """Each test has its own fixture, which restores conf at its end."""
        counts, output = self.run_pytest(
            """
            import pytest
            import unixnotif

            from oslo_config import cfg

            @pytest.mark.parametrize('count', range(4))
            def test_notifier(unix_notifier, count):
                notifier = unix_notifier.notifier('x')
                for _ in range(count):
                    notifier.info({}, 'a.b', {'count': count})
                assert [count] * count == [
                    each.payload['count']
                    for each in unix_notifier.consumer.notifications
                ]

            def test_conf_is_restored():
                options = cfg.CONF.oslo_messaging_unix
                assert options.socket_uri == []

            def test_consumer(capturing_consumer):
                from unixnotif.tests import base
                with unixnotif.Publisher(capturing_consumer.uri) as out:
                    out.publish(base.document(7))
                [got] = capturing_consumer.notifications
                assert got.payload == 7

            def test_both(unix_notifier, capturing_consumer):
                assert unix_notifier.uri != capturing_consumer.uri
                unix_notifier.notifier('x').info({}, 'a.b', {})
                assert len(unix_notifier.consumer.notifications) == 1
                assert not capturing_consumer.notifications
            """
        )
        self.assertEqual('7 passed', counts, output)

    def test_several_services(self) -> None:
        """The factory makes a fixture per service; captures do not mix."""
        counts, output = self.run_pytest(
            """
            from oslo_config import cfg
            import pytest

            @pytest.fixture
            def services(unix_notifier_factory):
                confs = cfg.ConfigOpts(), cfg.ConfigOpts()
                for conf in confs:
                    conf([])
                return [
                    unix_notifier_factory(conf, topics=[name])
                    for conf, name in zip(confs, ['nova', 'cinder'])
                ]

            def test_apart(services):
                nova, cinder = services
                nova.notifier('nova').info({}, 'server.create', {})
                for _ in range(2):
                    cinder.notifier('cinder').info({}, 'volume.create', {})
                nova.consumer.wait_for('server.create', topic='nova')
                nova.consumer.assert_none('volume.*')
                assert len(cinder.consumer.notifications) == 2

            def test_shown_both(services):
                for each in services:
                    each.notifier('x').info({}, 'a.b', {'uri': each.uri})
                assert False

            def test_overridden(unix_notifier):
                assert unix_notifier.conf is not cfg.CONF
            """,
            conftest="""
            from oslo_config import cfg
            import pytest

            @pytest.fixture
            def unix_notifier(unix_notifier_factory):
                return unix_notifier_factory(cfg.ConfigOpts())
            """,
        )
        self.assertEqual('1 failed, 2 passed', counts, output)
        self.assertEqual(
            ['Captured notifications call'] * 2, self.sections(output)
        )
        self.assertEqual(2, len(set(re.findall('"uri": "(.*?)"', output))))

    def test_capture_of_failures(self) -> None:
        """The capture is shown for what failed, and for nothing else."""
        source = """
            import unittest

            import pytest

            @pytest.fixture
            def late(unix_notifier):
                unix_notifier.notifier('x').info({}, 'set.up', {})
                raise RuntimeError('broken fixture')

            @pytest.fixture
            def emitting(unix_notifier):
                unix_notifier.notifier('x').info({}, 'a.b', {})
                return unix_notifier

            def test_fails(emitting):
                emitting.consumer.wait_for('a.c', timeout=0)

            def test_nothing_came(unix_notifier):
                assert False

            def test_setup_fails(late):
                pass

            class ClassTest(unittest.TestCase):
                @pytest.fixture(autouse=True)
                def emit(self, unix_notifier):
                    unix_notifier.notifier('x').info({}, 'un.it', {})

                def test_fails(self):
                    self.fail()

            def test_passes(emitting):
                pass

            def test_skips(emitting):
                pytest.skip()

            @pytest.mark.xfail(strict=True)
            def test_xfails(emitting):
                assert False

            def test_unused():
                assert False
            """
        counts, output = self.run_pytest(source)
        self.assertEqual(
            '4 failed, 1 passed, 1 skipped, 1 xfailed, 1 error',
            counts,
            output,
        )
        self.assertEqual(
            [
                'Captured notifications setup',
                'Captured notifications call',
                'Captured notifications call',
                'Captured notifications call',
            ],
            self.sections(output),
        )
        self.assertIn('# nothing was captured', output)
        for event_type in ('set.up', 'a.b', 'un.it'):
            found = re.findall(f'"event_type": "{event_type}"', output)
            self.assertEqual(1, len(found), output)

        _, output = self.run_pytest(source, '--show-capture=no')
        self.assertEqual([], self.sections(output))

    def test_capture_cannot_be_read(self) -> None:
        """The error is reported, and the session continues."""
        counts, output = self.run_pytest(
            """
            import shutil

            def test_closed(capturing_consumer):
                capturing_consumer._consumer.close()
                assert False

            def test_removed(unix_notifier):
                unix_notifier.notifier('x').info({}, 'a.b', {})
                path = unix_notifier.uri.removeprefix('unix+dir://')
                shutil.rmtree(path)
                assert False

            def test_next(unix_notifier):
                unix_notifier.notifier('x').info({}, 'a.b', {})
                unix_notifier.consumer.wait_for('a.b', timeout=0)
            """
        )
        self.assertIn('2 failed, 1 passed', counts, output)
        self.assertIn('the capture cannot be shown: UnavailableError(', output)
        self.assertIn('"event_type": "a.b"', output)

    def test_loss_fails_the_test(self) -> None:
        """A test in which something was dropped does not pass."""
        counts, output = self.run_pytest(
            """
            def test_loses(unix_notifier):
                unix_notifier.conf.set_override(
                    'max_message_size', 4096, 'oslo_messaging_unix'
                )
                unix_notifier.notifier('x').info({}, 'a.b', 'x' * 5000)

            def test_next(unix_notifier):
                assert not unix_notifier.consumer.notifications
            """
        )
        self.assertEqual('1 failed, 1 passed', counts, output)
        self.assertIn('1 notification was lost (too_large):', output)
        self.assertIn('  a.b of x\n', output)
        self.assertEqual(
            'Captured notifications call', self.sections(output)[-1]
        )
        # The message alone, and no traceback.
        self.assertNotIn('def test_loses', output)

    def test_loss_of_a_failing_test(self) -> None:
        """The test has one failure; its report has a section for the loss."""
        counts, output = self.run_pytest(
            """
            def test_loses(unix_notifier):
                unix_notifier.notifier('x').info({}, 'a.b', object())
                unix_notifier.consumer.wait_for('a.b', timeout=0)
            """
        )
        self.assertEqual('1 failed', counts, output)
        for name in ('incomplete capture', 'notifications'):
            self.assertIn(f'Captured {name} call', self.sections(output))
        self.assertIn('  a.b of x\n', output)
        self.assertIn('payload: object', output)

    def test_loss_in_teardown(self) -> None:
        """A loss after the test's function is an error at teardown."""
        counts, output = self.run_pytest(
            """
            import pytest

            @pytest.fixture
            def service(unix_notifier):
                notifier = unix_notifier.notifier('x')
                yield notifier
                notifier.info({}, 'a.stop', object())

            def test_it(service):
                service.info({}, 'a.start', {})
            """
        )
        self.assertEqual('1 passed, 1 error', counts, output)
        self.assertIn('  a.stop of x\n', output)

    def test_large_capture(self) -> None:
        """A section is short, and names the file that has everything."""
        counts, output = self.run_pytest(
            """
            def test_it(unix_notifier):
                notifier = unix_notifier.notifier('x')
                for number in range(200):
                    notifier.info({}, 'a.b', {'n': number, 'x': 'x' * 1000})
                assert False
            """,
            f'--basetemp={self.folder}/temp',
        )
        self.assertEqual('1 failed', counts, output)
        section = output.partition('Captured notifications call')[2]
        self.assertLess(len(section), 30_000)
        self.assertIn('"n": 199', section)
        [path] = re.findall('the complete capture is in (.*)', section)
        lines = pathlib.Path(path).read_text().splitlines()
        self.assertEqual(200, len(lines))
        self.assertIn('"n": 0', lines[0])

    def test_missing_extra(self) -> None:
        """The error names what to install."""
        counts, output = self.run_pytest(
            """
            def test_it(unix_notifier):
                pass
            """,
            conftest="""
            import sys

            sys.modules['testtools'] = None
            """,
        )
        self.assertEqual('1 error', counts, output)
        self.assertIn("pip install 'unixnotif[test]'", output)
        self.assertIn('need the module testtools', output)

    def test_comparisons(self) -> None:
        """A plain assert tells what differs."""
        _, output = self.run_pytest(
            """
            import pytest

            from unixnotif.matchers import HasPayload

            @pytest.fixture
            def captured(unix_notifier):
                notifier = unix_notifier.notifier('x:host1')
                notifier.info({}, 'a.start', {'a': 1})
                notifier.info({}, 'a.end', {'a': 2})
                return unix_notifier.consumer.notifications

            def test_equal(captured):
                assert captured[0] == captured[1]

            def test_in(captured):
                assert captured[0] in captured[1:]

            def test_none(captured):
                assert captured == []

            def test_matcher(captured):
                assert HasPayload(a=2).match(captured[0]) is None

            def test_none_of_our_business():
                assert 1 == 2
            """,
            '-vv',
        )
        told = re.findall(r'(?m)^E\s+(.*)', output)
        for line in (
            'assert a.start INFO from x:host1 == a.end INFO from x:host1',
            "event_type: expected 'a.end', got 'a.start'",
            'payload.a: expected 2, got 1',
            'assert a.start INFO from x:host1 in',
            'assert the notifications are the same',
            '[0]: expected nothing, got a.start INFO from x:host1',
            'assert it matches',
            'the legacy payload differs:',
            'a: expected 2, got 1',
            'assert 1 == 2',
        ):
            self.assertIn(line, [each.split('Error: ')[-1] for each in told])

    def test_xdist(self) -> None:
        """Captures of workers do not mix; a failed test shows its capture."""
        counts, output = self.run_pytest(
            """
            import os

            import pytest

            @pytest.mark.parametrize('number', range(20))
            def test_it(unix_notifier, number):
                notifier = unix_notifier.notifier('x')
                for _ in range(100):
                    notifier.info({}, 'a.b', {'number': number})
                got = unix_notifier.consumer.notifications
                assert [number] * 100 == [
                    each.payload['number'] for each in got
                ]
                assert {each.sender.pid for each in got} == {os.getpid()}

            def test_worker(unix_notifier):
                unix_notifier.notifier('x').info(
                    {}, 'a.b', {'worker': os.environ['PYTEST_XDIST_WORKER']}
                )
                assert False
            """,
            '-n2',
        )
        self.assertEqual('1 failed, 20 passed', counts, output)
        self.assertEqual(
            ['Captured notifications call'], self.sections(output)
        )
        self.assertRegex(output, r'"payload": \{"worker": "gw[01]"\}')


class UnusedTest(SessionTest):
    """The cost of the plugin in sessions that do not use it."""

    def test_import(self) -> None:
        """Loading the plugin loads nothing that only its users need."""
        done = testing.run_python(
            'import sys, unixnotif.pytest_plugin; print(*sys.modules)'
        )
        self.assertEqual(0, done.returncode, done.stdout)
        self.assert_light(done.stdout.split())

    def test_session(self) -> None:
        """A session without fixtures loads only the plugin itself."""
        counts, output = self.run_pytest(
            """
            import sys

            import pytest

            def test_modules():
                with pytest.raises(AssertionError):
                    assert 1 == 2
                print('modules:', *sys.modules)
            """,
            '-s',
        )
        self.assertEqual('1 passed', counts, output)
        [modules] = re.findall('modules: (.*)', output)
        self.assertIn('unixnotif.pytest_plugin', modules.split())
        self.assert_light(modules.split())

    def assert_light(self, modules: list[str]) -> None:
        heavy = [name for name in modules if name.startswith(_HEAVY)]
        self.assertEqual([], heavy)
