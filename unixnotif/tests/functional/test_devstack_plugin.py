# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The DevStack plugin, from its first phase to a clean host.

Rule: stand-ins for DevStack's scripts run the unchanged plugin with the same
shell options. The rest is real: oslo.config reads the files, Notifiers emit,
and the unit runs the command of this tree.
"""

import configparser
import contextlib
import os
import pathlib
import re
import shutil
import signal
import stat
import subprocess
import sys
from typing import Any
from typing import ClassVar
import unittest

from oslo_config import cfg

from unixnotif import notification
from unixnotif import recording
from unixnotif.fixtures import CapturingConsumer
from unixnotif.tests.functional import base

_ROOT = pathlib.Path(__file__).parents[3]
_PLUGIN = _ROOT / 'devstack'
_CLOUD = pathlib.Path(__file__).parent / 'devstack_standins/cloud.sh'
_SHEBANG = re.compile(rb'#!.*\b([bd]a)?sh\n')
_FILES = ('nova.conf', 'nova_cell1.conf', 'nova-cpu.conf')


class PluginTest(base.TestCase):
    """A host with the plugin's tree in DevStack's directory."""

    def setUp(self) -> None:
        super().setUp()
        if not _PLUGIN.is_dir():
            self.skipTest('the plugin is in the source tree only')
        self.host = self.top / 'host'
        self.etc = self.host / 'etc/nova'
        self.state = self.host / 'opt/stack/data/unixnotif'
        self.directory = self.state / 'notifications'
        self.capture = self.state / 'capture.jsonl'
        self.manager = self.top / 'manager'
        self.unit = self.manager / 'devstack@unixnotif-capture.service'
        self.uri = f'unix+dir://{self.directory}'
        self.state.parent.mkdir(parents=True)
        (self.host / 'etc/systemd/system').mkdir(parents=True)
        self.plugin = self.host / 'opt/stack/unixnotif/devstack'
        shutil.copytree(_PLUGIN, self.plugin)
        self.set_local('NOUNSET=yes')
        self.addCleanup(self._end_units)

    def _end_units(self) -> None:
        for unit in self.manager.glob('*.service'):
            (unit / 'stopping').touch()
            with contextlib.suppress(OSError, ValueError):
                os.kill(int((unit / 'pid').read_text()), signal.SIGKILL)
            self.wait_until((unit / 'code').exists)

    def set_local(self, *lines: str) -> None:
        """Write local.conf."""
        text = ''.join(f'{line}\n' for line in lines)
        (self.top / 'local.conf').write_text(text)

    def change_plugin(self, old: str, new: str) -> None:
        """Break the plugin of this host."""
        path = self.plugin / 'lib/unixnotif'
        text = path.read_text()
        self.assertEqual(1, text.count(old))
        path.write_text(text.replace(old, new))

    def run_script(self, script: str, fails: bool = False) -> str:
        """Run stack, again, unstack or clean, and return its output."""
        # Write to a file: the unit or a remaining task may keep a pipe open.
        with open(self.top / f'{script}.log', 'w') as log:
            done = subprocess.run(
                ['bash', str(_CLOUD), str(self.top), script],
                env={**os.environ, 'PYTHON': sys.executable},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                timeout=base.DEADLINE,
                check=False,
            )
        output = pathlib.Path(log.name).read_text()
        if bool(done.returncode) != fails:
            raise AssertionError(f'{script}: {done.returncode}\n{output}')
        return output

    def messages(self, output: str) -> str:
        """Return the output of a script without its trace."""
        lines = output.splitlines()
        return '\n'.join(line for line in lines if not line.startswith('+'))

    def emit(self, *files: str, count: int = 1) -> dict[str, list[str]]:
        """Emit from one process per file of nova; return their drivers."""
        return {
            name: self.start('nova', self.etc / name, name).ask(emit=count)[
                'drivers'
            ]
            for name in files
        }

    def recorded(self) -> list[notification.Notification]:
        """Return the captured notifications; none may be lost."""
        found = []
        for each in recording.read(str(self.capture)):
            assert isinstance(each, recording.Recorded), each
            found.append(each.notification)
        return found

    def publishers(self) -> list[str]:
        """Return the publishers of the captured notifications."""
        return sorted(str(each.publisher_id) for each in self.recorded())

    def snapshot(self) -> dict[str, Any]:
        """Return the mode and the content of each file of the host."""
        found: dict[str, Any] = {}
        for path in self.host.rglob('*'):
            mode = path.lstat().st_mode
            content = path.read_bytes() if stat.S_ISREG(mode) else None
            found[str(path.relative_to(self.host))] = (oct(mode), content)
        return found

    def assert_unchanged(self, before: dict[str, Any]) -> None:
        """Assert that no file of the host has changed."""
        after = self.snapshot()
        changed = {
            name: (before.get(name), after.get(name))
            for name in before.keys() | after.keys()
            if before.get(name) != after.get(name)
        }
        self.assertEqual({}, changed)

    def option(self, name: str, group: str, option: str) -> Any:
        """Return the values that oslo.config reads in a file of nova."""
        conf = cfg.ConfigOpts()
        conf.register_opt(cfg.MultiStrOpt(option, default=[]), group=group)
        conf([], project='nova', default_config_files=[str(self.etc / name)])
        return conf[group][option]


class StackTest(PluginTest):
    """Results of stack.sh, unstack.sh and clean.sh."""

    def test_every_process_is_captured(self) -> None:
        """A process with each of nova's files reaches the capture."""
        output = self.run_script('stack')
        self.assertIn(
            f'recording the notifications of this host in {self.capture}',
            output,
        )
        self.assertIn(
            f'setup_develop {self.plugin.parent} cli,fast,report', output
        )
        drivers = self.emit(*_FILES)
        self.assertEqual({name: ['unix'] for name in _FILES}, drivers)
        self.run_script('unstack')
        self.assertEqual(sorted(_FILES), self.publishers())
        self.assertEqual(
            {('versioned_notifications',)},
            {each.topics for each in self.recorded()},
        )

    def test_other_writers(self) -> None:
        """The plugin keeps the simultaneous changes of other writers."""
        self.run_script('stack')
        for name in _FILES:
            self.assertEqual(
                ['RegionOne'], self.option(name, 'neutron', 'region_name')
            )

    def test_permissions(self) -> None:
        """Services share the directory; every user may read the capture."""
        self.run_script('stack')
        for path, mode in (
            (self.state, 0o755),
            (self.directory, 0o3770),
            (self.capture, 0o644),
        ):
            found = path.stat()
            self.assertEqual(oct(mode), oct(stat.S_IMODE(found.st_mode)))
            self.assertEqual(
                (os.geteuid(), os.getegid()), (found.st_uid, found.st_gid)
            )

    def test_twice(self) -> None:
        """A second run changes nothing, and the unit keeps running."""
        self.run_script('stack')
        before, pid = self.snapshot(), (self.unit / 'pid').read_text()
        self.run_script('again')
        self.assert_unchanged(before)
        self.assertEqual(pid, (self.unit / 'pid').read_text())
        # The whole of stack.sh, which rewrites nova's files.
        self.run_script('stack')
        self.assert_unchanged(before)
        log = self.manager / f'{self.unit.name}.log'
        self.assertEqual(['start'], log.read_text().split())

    def test_unstack(self) -> None:
        """A SIGTERM ends the unit without a loss."""
        self.run_script('stack')
        self.emit('nova.conf', count=200)
        self.run_script('unstack')
        self.assertEqual('0', (self.unit / 'code').read_text().strip())
        self.assertFalse((self.unit / 'killed').exists())
        numbers = [each.payload['number'] for each in self.recorded()]
        self.assertEqual(list(range(200)), numbers)
        self.assertEqual([], [*self.directory.iterdir()])

    def test_stack_after_unstack(self) -> None:
        """The next capture appends to the same file."""
        for _ in range(2):
            self.run_script('stack')
            self.emit('nova.conf')
            self.run_script('unstack')
        self.assertEqual(['nova.conf'] * 2, self.publishers())

    def test_clean(self) -> None:
        """clean.sh restores the host."""
        before = self.snapshot()
        self.run_script('stack')
        self.emit('nova.conf')
        self.run_script('clean')
        self.assert_unchanged(before)

    def test_clean_after_a_kill(self) -> None:
        """clean.sh removes dead sockets and rotated files too."""
        before = self.snapshot()
        self.run_script('stack')
        self._end_units()
        self.assertNotEqual([], [*self.directory.iterdir()])
        self.capture.with_name('capture.jsonl.1').touch()
        self.run_script('clean')
        self.assert_unchanged(before)

    def test_clean_spares_others(self) -> None:
        """clean.sh removes no files but those of the plugin."""
        self.run_script('stack')
        mine = self.state / 'notes.txt'
        mine.touch()
        self.run_script('clean')
        self.assertEqual([mine], [*self.state.iterdir()])

    def test_killed(self) -> None:
        """A killed capture restarts and appends."""
        self.run_script('stack')
        self.emit('nova.conf')
        self.wait_until(lambda: len(self.recorded()) == 1)
        pid = (self.unit / 'pid').read_text().strip()
        os.kill(int(pid), signal.SIGKILL)
        self.wait_until(
            lambda: any(
                not path.name.startswith((f'{pid}-', '.'))
                for path in self.directory.iterdir()
            )
        )
        self.emit('nova-cpu.conf')
        self.run_script('unstack')
        self.assertEqual(['nova-cpu.conf', 'nova.conf'], self.publishers())

    def test_plain_shell(self) -> None:
        """The plugin neither needs nor sets xtrace and nounset."""
        self.set_local('NO_XTRACE=yes')
        output = self.run_script('stack')
        traced, _, rest = output.partition('\n+ set +o xtrace\n')
        self.assertIn('NO_XTRACE', traced)
        self.assertIn('Installing unixnotif', rest)
        self.assertNotIn('\n+', rest)


class BrokenPluginTest(PluginTest):
    """Broken plugins, each of which the tests notice."""

    def test_cell_left_out(self) -> None:
        """Without nova_cell1.conf, the capture has two of three publishers."""
        self.change_plugin('if [[ -e $file ]]', 'if false')
        self.run_script('stack')
        self.emit(*_FILES)
        self.run_script('unstack')
        self.assertEqual(['nova-cpu.conf', 'nova.conf'], self.publishers())

    def test_not_waiting(self) -> None:
        """A simultaneous writer overwrites the changes of the plugin."""
        self.change_plugin('async_wait configure_neutron_nova', ':')
        self.run_script('stack')
        drivers = self.emit(*_FILES)
        self.run_script('unstack')
        self.assertNotIn(['unix'], drivers.values())
        self.assertEqual([], self.publishers())

    def test_options_left_on(self) -> None:
        """A changed option of the shell ends stack.sh."""
        self.change_plugin('\n$_XTRACE_UNIXNOTIF\n', '\n')
        output = self.run_script('stack', fails=True)
        self.assertIn('changes options of the shell', output)


class SettingsTest(PluginTest):
    """Valid settings of local.conf, and their results."""

    def test_disabled(self) -> None:
        """Without the unit, services still emit."""
        self.set_local('NOUNSET=yes', 'disable_service unixnotif-capture')
        output = self.run_script('stack')
        self.assertIn(
            'unixnotif-capture is disabled and records nothing; to watch '
            f'notifications: unixnotif tail {self.uri}',
            output,
        )
        self.assertFalse(self.unit.exists())
        self.assertFalse(self.capture.exists())
        consumer = self.useFixture(CapturingConsumer(self.uri))
        self.emit(*_FILES)
        self.assertEqual(
            sorted(_FILES),
            sorted(str(each.publisher_id) for each in consumer.notifications),
        )
        self.run_script('unstack')

    def test_both_formats(self) -> None:
        """Each event arrives twice, with different topics."""
        self.set_local('NOUNSET=yes', 'NOVA_NOTIFICATION_FORMAT=both')
        output = self.run_script('stack')
        self.assertIn('nova emits each event twice', self.messages(output))
        self.emit(*_FILES)
        self.run_script('unstack')
        self.assertEqual(
            {
                (name, (topic,))
                for name in _FILES
                for topic in ('notifications', 'versioned_notifications')
            },
            {(each.publisher_id, each.topics) for each in self.recorded()},
        )
        self.assertEqual(6, len(self.recorded()))

    def test_unversioned(self) -> None:
        """The plugin accepts legacy notifications alone."""
        self.set_local('NOUNSET=yes', 'NOVA_NOTIFICATION_FORMAT=unversioned')
        output = self.run_script('stack')
        self.assertIn(
            'nova emits no versioned notifications', self.messages(output)
        )
        self.assertEqual(
            ['unversioned'],
            self.option(
                'nova_cell1.conf', 'notifications', 'notification_format'
            ),
        )

    def test_second_driver(self) -> None:
        """Nova and its cells also emit to the message bus."""
        for drivers in ('unix,messagingv2', '"unix  messagingv2"'):
            self.set_local('NOUNSET=yes', f'UNIXNOTIF_DRIVERS={drivers}')
            output = self.run_script('stack')
            self.assertIn(
                'a message bus keeps each message until a consumer takes it',
                self.messages(output),
            )
            for name in _FILES:
                self.assertEqual(
                    [['unix', 'messagingv2'], ['fake:///bus']],
                    [
                        self.option(name, 'oslo_messaging_notifications', key)
                        for key in ('driver', 'transport_url')
                    ],
                )
        self.emit(*_FILES)
        self.run_script('unstack')
        self.assertEqual(sorted(_FILES), self.publishers())

    def test_cells(self) -> None:
        """The plugin configures the conductor of every cell."""
        self.set_local('NOUNSET=yes', 'NOVA_NUM_CELLS=2')
        self.run_script('stack')
        for name in ('nova_cell1.conf', 'nova_cell2.conf'):
            self.assertEqual(
                [['unix'], [self.uri], ['versioned']],
                [
                    self.option(
                        name, 'oslo_messaging_notifications', 'driver'
                    ),
                    self.option(name, 'oslo_messaging_unix', 'socket_uri'),
                    self.option(name, 'notifications', 'notification_format'),
                ],
            )

    def test_other_services(self) -> None:
        """The plugin configures named services; it reports absent ones."""
        self.set_local(
            'NOUNSET=yes', 'UNIXNOTIF_SERVICES="cinder no-such-service"'
        )
        output = self.run_script('stack')
        self.assertIn(
            'UNIXNOTIF_SERVICES contains no-such-service, but '
            '/etc/no-such-service/no-such-service.conf does not exist on '
            'this host; skipping no-such-service',
            self.messages(output),
        )
        self.assertEqual(
            ['unix'],
            self.option(
                '../cinder/cinder.conf',
                'oslo_messaging_notifications',
                'driver',
            ),
        )
        self.assertEqual(
            ['messagingv2'],
            self.option('nova.conf', 'oslo_messaging_notifications', 'driver'),
        )

    def test_bus_without_legacy_notifications(self) -> None:
        """The plugin warns if ceilometer would get no legacy notifications."""
        warning = 'For ceilometer, set NOVA_NOTIFICATION_FORMAT=both'
        both = 'NOVA_NOTIFICATION_FORMAT=both'
        for lines, warns in (
            (['UNIXNOTIF_DRIVERS=unix,messagingv2'], True),
            (['UNIXNOTIF_DRIVERS=messaging,unix'], True),
            (['UNIXNOTIF_DRIVERS=unix,messagingv2', both], False),
            (['UNIXNOTIF_DRIVERS=unix,log'], False),
            (
                [
                    'UNIXNOTIF_DRIVERS=unix,messagingv2',
                    'UNIXNOTIF_SERVICES=cinder',
                    'NOVA_NOTIFICATION_FORMAT=versioned',
                ],
                False,
            ),
        ):
            self.set_local('NOUNSET=yes', *lines)
            output = self.messages(self.run_script('stack'))
            self.assertEqual((lines, warns), (lines, warning in output))

    def test_nova_is_not_configured(self) -> None:
        """Without nova among the services, its files stay as they are."""
        for services in ('cinder', 'supernova,cinder', 'nova-like'):
            self.set_local('NOUNSET=yes', f'UNIXNOTIF_SERVICES={services}')
            output = self.messages(self.run_script('stack'))
            self.assertNotIn('NOVA_NOTIFICATION_FORMAT', output)
            group, option = 'notifications', 'notification_format'
            self.assertEqual(
                [['unversioned'], [], ['unversioned']],
                [self.option(name, group, option) for name in _FILES],
            )
            self.assertEqual(
                ['messagingv2'],
                self.option(
                    'nova.conf', 'oslo_messaging_notifications', 'driver'
                ),
            )

    def test_ironic(self) -> None:
        """Without a level ironic emits nothing, so the plugin sets one."""
        conf = self.host / 'ironic.conf'
        for before, level in (
            ('[DEFAULT]\n', 'info'),
            ('[DEFAULT]\nnotification_level = error\n', 'error'),
        ):
            conf.write_text(before)
            self.set_local(
                'NOUNSET=yes',
                'UNIXNOTIF_SERVICES=ironic',
                f'IRONIC_CONF_FILE={conf}',
            )
            self.run_script('stack')
            self.assertEqual(
                [[level], ['unix']],
                [
                    self.option(str(conf), 'DEFAULT', 'notification_level'),
                    self.option(
                        str(conf), 'oslo_messaging_notifications', 'driver'
                    ),
                ],
            )

    def test_other_places(self) -> None:
        """Address and capture are where local.conf says."""
        mine = self.host / 'srv'
        mine.mkdir()
        before = self.snapshot()
        self.set_local(
            'NOUNSET=yes',
            f'UNIXNOTIF_URI=unix+dir://{mine}/notifications',
            f'UNIXNOTIF_CAPTURE_DIR={mine}/capture',
        )
        self.run_script('stack')
        self.emit('nova_cell1.conf')
        self.run_script('unstack')
        self.capture = mine / 'capture/capture.jsonl'
        self.assertEqual(['nova_cell1.conf'], self.publishers())
        self.run_script('clean')
        self.assert_unchanged(before)

    def test_keystone(self) -> None:
        """The plugin warns that a running service needs a restart."""
        conf = self.host / 'keystone.conf'
        conf.touch()
        self.set_local(
            'NOUNSET=yes',
            'UNIXNOTIF_SERVICES=keystone',
            f'KEYSTONE_CONF={conf}',
        )
        self.assertIn(
            'sudo systemctl restart devstack@keystone',
            self.messages(self.run_script('stack')),
        )


class MistakeTest(PluginTest):
    """A mistake ends stack.sh with a message that says what to do."""

    mistakes: ClassVar[dict[str, str]] = {
        'UNIXNOTIF_URI=unix:///run/nova.sock': (
            'is a single socket, which only one process can own; each '
            'service has several processes. Use a rendezvous directory, for '
            'example unix+dir:///'
        ),
        'UNIXNOTIF_URI=rabbit://': 'is not the address of a rendezvous',
        'UNIXNOTIF_URI=unix+dir://run/nova': 'give the absolute path',
        'UNIXNOTIF_URI=unix+dir:///': 'give the absolute path',
        'UNIXNOTIF_URI=unix+dir:///run/../etc': 'only letters, digits and',
        'UNIXNOTIF_URI="unix+dir:///a b"': 'only letters, digits and',
        'UNIXNOTIF_CAPTURE_DIR="/tmp/$(x)"': 'UNIXNOTIF_CAPTURE_DIR=/tmp/',
        'UNIXNOTIF_DRIVERS=messagingv2': 'has no unix',
        'UNIXNOTIF_DRIVERS=unixx': 'has no unix',
        'UNIXNOTIF_GROUP=no-such-group': 'who is not in this group',
        'NOVA_NOTIFICATION_FORMAT=v2': (
            'must be versioned, unversioned or both'
        ),
    }

    def check_fails(self, *lines: str) -> str:
        self.set_local('NOUNSET=yes', *lines)
        output = self.messages(self.run_script('stack', fails=True))
        self.assertRegex(output, r'\[ERROR\] \S+/lib/unixnotif:\d+ ')
        self.assertNotIn('This is your host', output)
        return output

    def test_settings(self) -> None:
        """An invalid setting ends stack.sh before it installs anything."""
        before = self.snapshot()
        for line, message in self.mistakes.items():
            output = self.check_fails(line.replace('$', '\\$'))
            self.assertIn(f'{line.partition("=")[0]}=', output)
            self.assertIn(message, output)
            self.assert_unchanged(before)

    def test_unwritable(self) -> None:
        """The message names a read-only directory and its owner."""
        # Not even root can create files there.
        output = self.check_fails('UNIXNOTIF_CAPTURE_DIR=/proc')
        self.assertRegex(
            output,
            r'UNIXNOTIF_CAPTURE_DIR: \S+ cannot write to /proc, which '
            r'belongs to \S+ with mode \d+. Give it to \S+, or choose '
            'another directory',
        )
        self.assertFalse(self.unit.exists())

    def test_no_parent(self) -> None:
        """The plugin creates only the last directory of a path."""
        output = self.check_fails(f'UNIXNOTIF_CAPTURE_DIR={self.host}/a/b')
        self.assertIn(
            f'UNIXNOTIF_CAPTURE_DIR: cannot create {self.host}/a/b, because '
            f'{self.host}/a is not a directory. Create {self.host}/a, or '
            'choose another directory',
            output,
        )

    def test_service_without_file(self) -> None:
        """An enabled service must already have its file."""
        output = self.check_fails(
            'ENABLED_SERVICES+=,late', 'UNIXNOTIF_SERVICES=late'
        )
        self.assertIn('/etc/late/late.conf does not exist', output)
        self.assertIn('enable the plugin of late before unixnotif', output)

    def test_failing_capture(self) -> None:
        """stack.sh does not wait for a capture that cannot start."""
        self.capture.mkdir(parents=True)
        output = self.check_fails('SERVICE_TIMEOUT=600')
        self.assertIn('unixnotif-capture has failed', output)
        self.assertIn(f'journalctl -u {self.unit.name}', output)

    def test_silent_capture(self) -> None:
        """stack.sh stops waiting for a capture that never subscribes."""
        scripts = self.top / 'scripts'
        scripts.mkdir()
        script = scripts / 'unixnotif'
        script.write_text('#!/bin/sh\nexec sleep 1000\n')
        script.chmod(0o755)
        output = self.check_fails(
            'SERVICE_TIMEOUT=1',
            f'get_python_exec_prefix() {{ echo {scripts}; }}',
        )
        self.assertIn(f'no socket in {self.directory} after 1 seconds', output)


class ShellTest(unittest.TestCase):
    """Checks of the shell code."""

    def test_every_file_is_checked(self) -> None:
        """``tox -e bashate`` checks every file with shell code."""
        if not _PLUGIN.is_dir():
            self.skipTest('the plugin is in the source tree only')
        scripts = {
            str(path.relative_to(_ROOT))
            for folder in (
                *('.ci', 'bench', 'demo', 'devstack', 'doc', 'playbooks'),
                *('releasenotes', 'roles', 'tools', 'unixnotif'),
            )
            for path in (_ROOT / folder).rglob('*')
            if path.is_file() and _SHEBANG.match(path.read_bytes()[:80])
        }
        tox = configparser.ConfigParser(interpolation=None)
        tox.read(_ROOT / 'tox.ini')
        named = tox['testenv:bashate']['shell_files'].split()
        self.assertEqual(sorted(scripts), named)
