# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The guide to the contract, from the first catalogue on."""

import configparser
import json
import os
import subprocess

from unixnotif.tests.examples import base
from unixnotif.tests.unit.contract import test_reports

RECORD = (
    'unixnotif contract record --declared thing_objects '
    '-o notifications.json --merge'
)
FIELD = "        'size': fields.IntegerField(),\n"


class ContractTest(base.ExampleTest):
    def setUp(self) -> None:
        super().setUp()
        self.env['PYTHONPATH'] = f'{self.work}:{base.ROOT}'
        self.env['PYTHONDONTWRITEBYTECODE'] = '1'
        self.env['GIT_CONFIG_GLOBAL'] = os.devnull
        self.write('programs/thing_objects.py', 'thing_objects.py')
        self.check_session('console/contract_record.console')

    def git(self, *args: str) -> None:
        identity = ('-c', 'user.name=x', '-c', 'user.email=x')
        subprocess.run(
            ['git', *identity, *args], check=True, cwd=self.work, env=self.env
        )

    def test_ratchet(self) -> None:
        """Somebody adds a field, and forgets the version."""
        self.check_session('console/contract_show.console')
        self.check_session('console/contract_release.console')
        self.git('init', '-q')
        self.git('add', 'notifications.json')
        self.git('commit', '-q', '-m', 'one')
        self.git('update-ref', 'refs/remotes/origin/master', 'HEAD')
        path = self.work / 'thing_objects.py'
        text = path.read_text()
        tags = "        'tags'"
        path.write_text(text.replace(tags, FIELD + tags))

        self.check_session('console/contract_ci.console', code=1)

        self.check_session('console/contract_explain.console')
        self.check_session('console/contract_accept.console')

        bumped = path.read_text().replace("VERSION = '1.2'", "VERSION = '1.3'")
        path.write_text(bumped)
        self.git('checkout', '-q', 'notifications.json')
        self.check_session('console/contract_changelog.console')

    def commit(self) -> None:
        self.git('add', '-A')
        self.git('commit', '-q', '--allow-empty', '-m', 'one')

    def test_job(self) -> None:
        """The job fails for a break, and for an outdated catalogue."""
        self.check_session('console/contract_release.console')
        found = configparser.ConfigParser(interpolation=None)
        found.read_string(self.read('config/contract_tox.ini'))
        job = found['testenv:contract']['commands'].strip()
        classes = self.work / 'thing_objects.py'
        text = classes.read_text()
        broken = text.replace("        'tags'", f"{FIELD}        'tags'")
        bumped = broken.replace("VERSION = '1.2'", "VERSION = '1.3'")
        self.git('init', '-q')
        self.commit()
        for source, code, expected in (
            (text, 0, 'clean'),
            (broken, 1, 'raise VERSION of ThingPayload from 1.2 to 1.3'),
            (bumped, 1, f'again and commit it: {RECORD}\n'),
        ):
            classes.write_text(source)
            self.commit()
            running = self.shell(job)
            output = running.finish()
            self.assertEqual(code, running.process.returncode, output)
            self.assertIn(expected, output)
            # Remove a rejected commit, as an author does who amends it.
            self.git('reset', '-q', '--hard', 'HEAD^' if code else 'HEAD')
        classes.write_text(bumped)
        self.shell(RECORD).finish()
        self.commit()
        running = self.shell(job)
        output = running.finish()
        self.assertEqual(0, running.process.returncode, output)

    def legacy(self, **port: object) -> None:
        """Write the recording of a run of the tests."""
        value = {
            'document': {
                'message_id': '2f4d6b5c-0a7e-4f0e-9d6a-5f1b8c3e7a90',
                'publisher_id': 'shop-api:host1',
                'event_type': 'port.create.end',
                'priority': 'INFO',
                'timestamp': '2026-11-22 10:00:00.000000',
                'payload': {'port': {'id': 'port-1', **port}},
                'topics': ['notifications'],
                'exchange': 'shop',
                'context': {},
            },
            'sender': None,
            'received': '2026-11-22T10:00:00.000250+00:00',
            'test_id': None,
        }
        (self.work / 'run.jsonl').write_text(
            f'{{"format": "unixnotif-recording/1"}}\n{json.dumps(value)}\n'
        )

    def test_change(self) -> None:
        """A change as a new contributor proposes it, with five breaks."""
        self.write('programs/shop_objects.py', 'shop_objects.py')
        self.legacy(mtu=1500)
        (self.work / 'notifications.json').unlink()
        self.check_session('console/contract_change_before.console')
        self.git('init', '-q')
        self.commit()
        self.git('update-ref', 'refs/remotes/origin/master', 'HEAD')
        self.write('config/contract_change.diff', 'change.diff')
        self.git('apply', 'change.diff')
        self.legacy(mtu='1500')
        self.check_session('console/contract_change_record.console')
        for name in (
            'console/contract_change.console',
            'console/contract_change_github.console',
            'console/contract_change_junit.console',
            'console/contract_change_gitlab.console',
            'console/contract_change_sarif.console',
        ):
            self.check_session(name, 1)
        text = self.read('console/contract_change_sarif.console')
        test_reports.validate_sarif(json.loads(text[text.index('\n{') :]))

    def test_consumer(self) -> None:
        """The example reports fields that a consumer cannot rely on."""
        self.write('programs/contract_consumer.py', 'contract_consumer.py')
        self.check_session('console/contract_consumer.console')
