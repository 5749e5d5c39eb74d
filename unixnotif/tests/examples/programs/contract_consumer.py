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

# ruff: noqa: T201
"""What a consumer needs, checked without the service."""

from unixnotif import contract

catalogue = contract.read('notifications.json')

reads = contract.Reads(
    'thing:ThingNotification',
    {'id': 'string', 'name': 'string', 'tags[]': 'string', 'size': 'integer'},
)
for problem in reads.check(catalogue):
    print(problem)

requires = contract.Requires('1.2')
for version in ('1.10', '1.1', '2.0'):
    print(version, requires.check(version).value)
