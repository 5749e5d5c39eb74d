#    Licensed under the Apache License, Version 2.0 (the "License"); you may
#    not use this file except in compliance with the License. You may obtain
#    a copy of the License at
#
#         http://www.apache.org/licenses/LICENSE-2.0
#
#    Unless required by applicable law or agreed to in writing, software
#    distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
#    WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
#    License for the specific language governing permissions and limitations
#    under the License.

"""The guide to the contract, from the first catalogue on."""

import configparser
import os
import subprocess

from unixnotif.tests.examples import base

FIELD = "        'size': fields.IntegerField(),\n"


class ContractTest(base.ExampleTest):
    def setUp(self) -> None:
        super().setUp()
        self.env['PYTHONPATH'] = str(self.work)
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
        """It fails for a break, and for a catalogue that was forgotten."""
        self.check_session('console/contract_release.console')
        found = configparser.ConfigParser(interpolation=None)
        found.read_string(self.read('config/contract_tox.ini'))
        commands = found['testenv:contract']['commands'].strip().splitlines()
        classes = self.work / 'thing_objects.py'
        text = classes.read_text()
        broken = text.replace("        'tags'", f"{FIELD}        'tags'")
        bumped = broken.replace("VERSION = '1.2'", "VERSION = '1.3'")
        self.git('init', '-q')
        self.commit()
        for source, code, expected in (
            (text, 0, 'clean'),
            (broken, 1, 'raise VERSION of ThingPayload from 1.2 to 1.3'),
            (bumped, 1, '+    "1.3": {'),
        ):
            classes.write_text(source)
            self.commit()
            output = ''
            for command in commands:
                running = self.shell(command)
                output += running.finish()
                if running.process.returncode:
                    break
            self.assertEqual(code, running.process.returncode, output)
            self.assertIn(expected, output)
            # As the author amends it.
            self.git('reset', '-q', '--hard', 'HEAD^' if code else 'HEAD')
        classes.write_text(bumped)
        self.shell(commands[0]).finish()
        self.commit()
        codes = []
        for command in commands:
            running = self.shell(command)
            running.finish()
            codes.append(running.process.returncode)
        self.assertEqual([0, 0, 0], codes)

    def test_consumer(self) -> None:
        """What a consumer cannot rely on."""
        self.write('programs/contract_consumer.py', 'contract_consumer.py')
        self.check_session('console/contract_consumer.console')
