# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The commands of the page about DevStack that need no cloud."""

import pathlib
import re
import subprocess

from unixnotif import consumer
from unixnotif import recording
from unixnotif.tests import base as testing
from unixnotif.tests.examples import base

_DEVSTACK = base.ROOT / 'devstack'
_STATE = '/opt/stack/data/unixnotif'


class DevstackTest(base.ExampleTest):
    """The test's own directory replaces the plugin's."""

    def setUp(self) -> None:
        super().setUp()
        if not _DEVSTACK.is_dir():
            self.skipTest('the plugin is in the source tree only')

    def read(self, name: str) -> str:
        text = super().read(name).replace(_STATE, str(self.run_nova))
        return text.replace('/opt/stack/data/venv/bin/', '')

    def settings(self) -> dict[str, str]:
        """Return the plugin's settings with an empty local.conf."""
        script = (
            'define_plugin() { :; }; enable_service() { :; }\n'
            f'source {_DEVSTACK}/override-defaults\n'
            f'source {_DEVSTACK}/settings\n'
            'set -o posix; set'
        )
        output = subprocess.run(
            ['bash', '-c', script],
            env={'DATA_DIR': '/opt/stack/data', 'STACK_USER': 'root'},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        lines = output.splitlines()
        return dict(line.split('=', 1) for line in lines if '=' in line)

    def test_sample(self) -> None:
        """The defaults in the sample are the plugin's defaults."""
        text = (_DEVSTACK / 'local.conf.sample').read_text()
        block = text.partition('# The defaults;')[2].partition('\n\n')[0]
        shown = dict(re.findall(r'(?m)^#(\w+)=(.*)$', block))
        settings = self.settings()
        self.assertEqual('stack', shown.pop('UNIXNOTIF_GROUP'))
        self.assertEqual(shown, {name: settings.get(name) for name in shown})
        for part in ('README.rst', 'settings', 'override-defaults'):
            whole = (_DEVSTACK / part).read_text()
            names = set(re.findall(r'\b(?:UNIXNOTIF|NOVA)_[A-Z_]+=', whole))
            self.assertLessEqual(
                {name.rstrip('=') for name in names},
                {*settings, 'UNIXNOTIF_GROUP'},
            )

    def test_places(self) -> None:
        """The page names the default paths of the plugin."""
        settings = self.settings()
        self.assertEqual(
            f'unix+dir://{_STATE}/notifications', settings['UNIXNOTIF_URI']
        )
        tail = (base.EXAMPLES / 'console/devstack_tail.console').read_text()
        self.assertIn(settings['UNIXNOTIF_URI'], tail)
        capture = (
            base.EXAMPLES / 'console/devstack_capture.console'
        ).read_text()
        self.assertIn(
            settings['UNIXNOTIF_CAPTURE_DIR'] + '/capture.jsonl', capture
        )
        self.assertIn(
            '$UNIXNOTIF_CAPTURE_DIR/capture.jsonl',
            (_DEVSTACK / 'lib/unixnotif').read_text(),
        )
        for command, _ in self.commands('console/devstack_status.console'):
            self.assertIn(
                f'{command.split()[-1]}.service',
                (_DEVSTACK / 'lib/unixnotif').read_text(),
            )

    def test_start(self) -> None:
        """The copied file exists."""
        commands = [
            command.split()
            for command, _ in self.commands('console/devstack_stack.console')
        ]
        [source] = [words[1] for words in commands if words[0] == 'cp']
        path = pathlib.Path(source).relative_to('unixnotif')
        self.assertTrue((base.ROOT / path).is_file())

    def test_syntax(self) -> None:
        """A shell can parse every command of the page."""
        for name in (
            'console/devstack_user.console',
            'console/devstack_stack.console',
            'console/devstack_server.console',
            'console/devstack_status.console',
            'console/devstack_undo.console',
        ):
            for command, _ in self.commands(name):
                subprocess.run(['bash', '-n', '-c', command], check=True)

    def test_tail(self) -> None:
        """The tail prints the notifications of a process of nova."""
        [(command, expected)] = self.commands('console/devstack_tail.console')
        tail = self.shell(command)
        out = self.await_subscribers(1)
        for phase in ('start', 'end'):
            out.publish(
                testing.document(
                    event_type=f'keypair.create.{phase}',
                    publisher_id='nova-api:host1',
                )
            )
        lines = ''.join(tail.line() for _ in expected.splitlines())
        self.assert_prints(expected, lines)
        tail.stop()

    def test_capture(self) -> None:
        """Simple tools count the events of the capture."""
        events = [
            f'{thing}.{phase}'
            for thing in ('keypair.create', 'instance.create', 'other.thing')
            for phase in ('start', 'end')
        ]
        path = str(self.run_nova / 'capture.jsonl')
        with (
            recording.Writer(path) as writer,
            consumer.Consumer(self.uri) as source,
        ):
            out = self.await_subscribers(1)
            for event in [*events, 'a.b', 'instance.update', 'zone.x']:
                out.publish(testing.document(event_type=event))
                received = source.receive(0)
                assert received is not None
                writer.write([recording.Recorded.now(received)])
        self.check_session('console/devstack_capture.console')
