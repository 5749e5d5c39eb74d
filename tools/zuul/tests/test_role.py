# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Runs of the role that collects captures, by Ansible itself.

Rule: the nodes are directories of this machine. Everything else is as in
Zuul; ``zuul_return`` is Zuul's own.
"""

import json
import os
from pathlib import Path
import stat
import subprocess
import sys
from typing import Any

from tools.zuul import ansible
from tools.zuul import environment
from tools.zuul.tests import base

_PLAYBOOK = 'playbooks/unixnotif-devstack/post.yaml'
_PUBLISHERS = ('nova-api', 'nova-compute', 'nova-scheduler')


def _line(publisher: str, size: object = 1) -> str:
    """Return a line of a recording with a versioned notification."""
    payload = {
        'nova_object.name': 'ThingPayload',
        'nova_object.namespace': 'nova',
        'nova_object.version': '1.0',
        'nova_object.data': {'size': size},
    }
    document = {
        'message_id': f'id-{publisher}',
        'publisher_id': f'{publisher}:host1',
        'event_type': 'thing.create',
        'priority': 'INFO',
        'timestamp': '2026-11-22 10:00:00.000000',
        'payload': payload,
        'topics': ['versioned_notifications'],
        'exchange': 'nova',
        'context': {},
    }
    received = '2026-11-22T10:00:00.000250+00:00'
    line = {'document': document, 'sender': None, 'received': received}
    return json.dumps({**line, 'test_id': None})


def _legacy_line(publisher: str, event_type: str, payload: object) -> str:
    """Return a line of a recording with a legacy notification."""
    line = json.loads(_line(publisher))
    line['document'] |= {
        'event_type': event_type,
        'payload': payload,
        'topics': ['notifications'],
        'exchange': 'cinder',
    }
    return json.dumps(line)


# Cinder emits legacy notifications only.
_VOLUME = {
    'tenant_id': '1f4c', 'host': 'node1@lvm#lvm', 'status': 'available',
    'size': 1, 'volume_attachment': [], 'replication_status': None,
}  # fmt: skip
_CINDER = [
    _legacy_line('volume', f'volume.create.{phase}', _VOLUME)
    for phase in ('start', 'end')
]
_NOVA = [_line(publisher) for publisher in _PUBLISHERS]
_CAPTURES = {
    'legacy': _CINDER,
    'versioned': _NOVA,
    'mixed': [*_NOVA, *_CINDER],
}


def _recording(*lines: str) -> str:
    head = json.dumps({'format': 'unixnotif-recording/1'})
    return ''.join(f'{line}\n' for line in (head, *lines))


class RoleTest(base.TestCase):
    """Runs of the playbook that the jobs run."""

    def setUp(self) -> None:
        super().setUp()
        self.logs = self.directory / 'logs'
        self.logs.mkdir(mode=0o755)
        self.home = self.directory / 'home'
        self.home.mkdir()

    def node(self, name: str, *lines: str, text: str = '') -> Path:
        """Create a node with a capture that only its owner can read."""
        capture = self.directory / name / 'capture'
        capture.mkdir(parents=True, mode=0o700)
        path = capture / 'capture.jsonl'
        path.write_text(text or _recording(*lines))
        path.chmod(0o600)
        return path

    def collect(
        self, *nodes: str, status: int = 0, **variables: object
    ) -> str:
        """Run the playbook and return Ansible's output."""
        inventory = {
            'all': {
                'hosts': {
                    name: {
                        'ansible_connection': 'local',
                        'unixnotif_capture_dir': str(
                            self.directory / name / 'capture'
                        ),
                        'unixnotif_results_dir': str(
                            self.directory / name / 'results'
                        ),
                    }
                    for name in nodes
                }
            }
        }
        (self.directory / 'inventory.json').write_text(json.dumps(inventory))
        given: dict[str, object] = {
            'zuul': {'executor': {'log_root': str(self.logs)}},
            'unixnotif_bin_dir': str(Path(sys.executable).parent),
            **variables,
        }
        work = self.directory / 'work'
        work.mkdir(exist_ok=True)
        # Zuul's executor creates this file.
        (work / 'results.json').touch()
        environ = self.where.environ(self.home)
        environ |= ansible.zuul_action(self.home)
        environ['ANSIBLE_ROLES_PATH'] = str(environment.CHECKOUT / 'roles')
        environ['ZUUL_JOBDIR'] = str(self.directory)
        # The modes of the results must not depend on the umask.
        old = os.umask(0o077)
        try:
            done = ansible.run(
                [
                    'ansible.cli.playbook',
                    f'--inventory={self.directory / "inventory.json"}',
                    f'--extra-vars={json.dumps(given)}',
                    _PLAYBOOK,
                ],
                environment.CHECKOUT,
                environ,
            )
        finally:
            os.umask(old)
        self.assertEqual(status, done.returncode, done.stdout)
        return done.stdout

    def returned(self) -> dict[str, Any]:
        """Return the data that Zuul shows on the page of the build."""
        text = (self.directory / 'work' / 'results.json').read_text()
        if not text:
            return {}
        data: dict[str, Any] = json.loads(text)['data']['zuul']
        return data

    def summary(self, node: str = 'controller') -> dict[str, Any]:
        """Return the pulled summary of a node."""
        path = self.logs / 'unixnotif' / node / 'summary.json'
        value: dict[str, Any] = json.loads(path.read_text())
        return value

    def test_two_nodes(self) -> None:
        """The role pulls and returns readable files of each node."""
        capture = self.node('controller', *map(_line, _PUBLISHERS))
        older = capture.with_name('capture.jsonl.1')
        older.write_text(_recording(_line('nova-conductor')))
        self.node('compute1', _line('volume.host2'))
        self.collect('controller', 'compute1')

        names = ['capture.jsonl', 'catalogue.json', 'findings.txt']
        names += ['report.html', 'summary.json', 'summary.txt']
        for node, expected in (
            ('controller', sorted([*names, 'capture.jsonl.1'])),
            ('compute1', names),
        ):
            directory = self.logs / 'unixnotif' / node
            self.assertEqual(expected, sorted(os.listdir(directory)))
            self.assertEqual(0o755, stat.S_IMODE(directory.stat().st_mode))
            for path in directory.iterdir():
                mode = stat.S_IMODE(path.stat().st_mode)
                self.assertEqual((path.name, 0o644), (path.name, mode))
        pulled = self.logs / 'unixnotif' / 'controller' / 'capture.jsonl'
        self.assertEqual(capture.read_text(), pulled.read_text())

        summary = self.summary()
        self.assertEqual(4, summary['notifications'])
        self.assertEqual([], summary['problems'])
        expected_event = {
            'publisher': 'nova-api',
            'event_type': 'thing.create',
            'payload': 'ThingPayload',
            'version': '1.0',
            'count': 1,
        }
        # Compare those keys only.
        self.assertEqual(
            summary['events'][0], summary['events'][0] | expected_event
        )
        events = self.summary('compute1')['events']
        self.assertEqual(['volume'], [event['publisher'] for event in events])
        text = pulled.with_name('summary.txt').read_text()
        self.assertRegex(text, r'nova-conductor +thing\.create +ThingPayload')

        returned = self.returned()
        self.assertEqual([], returned['warnings'])
        artifacts = {item['url']: item for item in returned['artifacts']}
        self.assertEqual(
            {
                str(path.relative_to(self.logs))
                for path in (self.logs / 'unixnotif').glob('*/*')
            },
            set(artifacts),
        )
        self.assertEqual(
            {
                'name': 'unixnotif summary.txt (controller)',
                'url': 'unixnotif/controller/summary.txt',
                'metadata': {'type': 'unixnotif_summary'},
            },
            artifacts['unixnotif/controller/summary.txt'],
        )

    def test_no_capture(self) -> None:
        """Without any capture, an enforcing job fails: it checked nothing."""
        for enforce, status in ((False, 0), (True, 2)):
            with self.subTest(enforce=enforce):
                output = self.collect(
                    'controller',
                    'compute1',
                    status=status,
                    unixnotif_enforce=enforce,
                    zuul_success=True,
                )
                self.assertRegex(output, 'controller has no file .*/capture')
                self.assertEqual(enforce, 'nothing was checked' in output)
                self.assertEqual([], os.listdir(self.logs))
                self.assertEqual({}, self.returned())

    def test_node_without_capture(self) -> None:
        """One node with a capture is enough."""
        self.node('controller', _line('nova-api'))
        output = self.collect(
            'controller',
            'compute1',
            unixnotif_enforce=True,
            zuul_success=True,
        )
        self.assertRegex(output, 'compute1 has no file .*/capture.jsonl')
        self.assertEqual(1, self.summary()['notifications'])

    def test_broken_capture(self) -> None:
        """The role summarizes the readable lines and pulls all files."""
        self.node('controller', text=_recording(_line('nova-api'), 'broken'))
        output = self.collect(
            'controller',
            status=2,
            unixnotif_enforce=True,
            zuul_success=True,
        )
        self.assertRegex(output, 'recording .*capture.jsonl, line 3')
        self.assertEqual(1, self.summary()['notifications'])
        directory = self.logs / 'unixnotif' / 'controller'
        self.assertIn('line 3', (directory / 'findings.txt').read_text())
        self.assertTrue((directory / 'capture.jsonl').is_file())

    def test_broken_contract(self) -> None:
        """Findings fail an enforcing job, after the role has pulled."""
        capture = self.node(
            'controller',
            _line('nova-api', size='large'),
            json.dumps({'lost': {'count': 2, 'reasons': {'buffer_full': 2}}}),
        )
        catalogue = self.catalogue(_line('nova-api', size=1))
        variables: dict[str, object] = {
            'unixnotif_catalogue': str(catalogue),
            'unixnotif_publishers': ['nova-api', 'nova-compute'],
        }
        # After a failed run, problems are only warnings.
        for success, status in ((False, 0), (True, 2)):
            with self.subTest(success=success):
                output = self.collect(
                    'controller',
                    status=status,
                    unixnotif_enforce=True,
                    zuul_success=success,
                    **variables,
                )
                self.assertIn('payloads differ from the catalogue', output)
        directory = self.logs / 'unixnotif' / 'controller'
        self.assertRegex(
            (directory / 'findings.txt').read_text(), '(?s)V101.*status 1'
        )
        pulled = directory / 'capture.jsonl'
        self.assertEqual(capture.read_text(), pulled.read_text())
        problems = [
            '2 notifications were lost (buffer_full: 2)',
            'nova-compute has emitted nothing on any node; seen: nova-api',
        ]
        self.assertEqual(problems[:1], self.summary()['problems'])
        lost, advice, missing = self.returned()['warnings'][:3]
        self.assertEqual(problems, [lost, missing])
        self.assertIn('raise send_buffer_size', advice)

    def test_publishers_of_several_nodes(self) -> None:
        """A publisher must have emitted on one of the nodes, not on each."""
        self.node('controller', _line('nova-api'))
        self.node('compute1', _line('nova-compute'))
        for publishers, missing in (
            (['nova-api', 'nova-compute'], []),
            (['nova-api', 'nova-scheduler'], ['nova-scheduler']),
        ):
            (self.directory / 'work' / 'results.json').unlink(missing_ok=True)
            self.collect(
                *('controller', 'compute1'),
                status=2 if missing else 0,
                unixnotif_publishers=publishers,
                unixnotif_enforce=True,
                zuul_success=True,
            )
            self.assertEqual(
                [
                    f'{name} has emitted nothing on any node; seen: '
                    'nova-api, nova-compute'
                    for name in missing
                ],
                self.returned()['warnings'],
            )

    def test_kinds_of_payloads(self) -> None:
        """Legacy, versioned and mixed captures pass an enforcing job."""
        for kind, lines in _CAPTURES.items():
            self.node(kind, *lines)
        self.collect(*_CAPTURES, unixnotif_enforce=True, zuul_success=True)
        self.assertEqual([], self.returned()['warnings'])
        for kind, lines in _CAPTURES.items():
            self.assertEqual(len(lines), self.summary(kind)['notifications'])

    def test_kinds_of_payloads_with_a_catalogue(self) -> None:
        """A catalogue of the same payloads accepts each kind of capture.

        A changed legacy payload has no version that could rise: it is a
        warning in findings.txt, and does not fail the job.
        """
        for kind, lines in _CAPTURES.items():
            self.node(kind, *lines)
        changed = {**_VOLUME, 'size': 'large'}
        line = _legacy_line('volume', 'volume.create.end', changed)
        self.node('changed', line)
        catalogue = self.catalogue(*_CAPTURES['mixed'])
        self.collect(
            *(*_CAPTURES, 'changed'),
            unixnotif_catalogue=str(catalogue),
            unixnotif_enforce=True,
            zuul_success=True,
        )
        self.assertEqual([], self.returned()['warnings'])
        found = {
            kind: (self.logs / 'unixnotif' / kind / 'findings.txt').read_text()
            for kind in (*_CAPTURES, 'changed')
        }
        warned = [name for name, text in found.items() if 'L702' in text]
        self.assertEqual(['changed'], warned, found)
        self.assertIn('size changed from integer to string', found['changed'])

    def catalogue(self, *lines: str) -> Path:
        """Write a released catalogue of a recording's payloads."""
        before = self.directory / 'before.jsonl'
        before.write_text(_recording(*lines))
        path = self.directory / 'catalogue.json'
        unixnotif = Path(sys.executable).with_name('unixnotif')
        for arguments in (
            ['record', '--recording', str(before), '-o', str(path)],
            # Payloads that are not released may change.
            ['release', 'v1', str(path)],
        ):
            subprocess.run(
                [unixnotif, 'contract', *arguments],
                check=True,
                stdout=subprocess.DEVNULL,
            )
        return path

    def test_no_page(self) -> None:
        """A page that cannot be written is a problem, with its reason."""
        self.node('controller', _line('nova-api'))
        # A directory has the name of the page.
        page = self.directory / 'controller' / 'results' / 'report.html'
        page.mkdir(parents=True)
        message = (
            'report.html is missing or incomplete: unixnotif: '
            f'cannot write {page}: Is a directory'
        )
        output = self.collect(
            'controller',
            status=2,
            unixnotif_enforce=True,
            zuul_success=True,
        )
        self.assertIn(message, output)
        self.assertEqual([message], self.returned()['warnings'])

    def test_failures_of_commands(self) -> None:
        """The problems have the messages of commands that fail."""
        self.node('controller', _line('nova-api'))
        self.collect('controller', unixnotif_catalogue='/none.json')
        problems = self.returned()['warnings']
        self.assertEqual(
            [
                'cannot compare the payloads with the catalogue: unixnotif: '
                'nothing was compared: there is no file /none.json',
                'report.html is missing or incomplete: unixnotif: there is no '
                'file /none.json',
            ],
            problems,
        )

    def test_not_installed(self) -> None:
        """Without unixnotif on the node, the role still pulls the capture."""
        self.node('controller', _line('nova-api'))
        output = self.collect('controller', unixnotif_bin_dir='/nonexistent')
        for text in (
            'cannot summarize the notifications',
            'cannot record the payloads',
            'report.html is missing or incomplete',
        ):
            self.assertRegex(output, f'{text}: .*No such file')
        directory = self.logs / 'unixnotif' / 'controller'
        self.assertTrue((directory / 'capture.jsonl').is_file())
