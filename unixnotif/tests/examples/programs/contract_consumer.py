# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The needs of a consumer, checked without the service."""

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
