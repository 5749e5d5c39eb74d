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

    def test_consumer(self) -> None:
        """What a consumer cannot rely on."""
        self.write('programs/contract_consumer.py', 'contract_consumer.py')
        self.check_session('console/contract_consumer.console')
