# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Users and groups."""

import os

from unixnotif import errors
from unixnotif.doctor import accounts
from unixnotif.tests import base


class AccountsTest(base.TestCase):
    def test_names(self) -> None:
        """A number without an account is shown as it is."""
        self.assertEqual('root', accounts.user_name(0))
        self.assertEqual('4261001', accounts.user_name(4_261_001))
        self.assertEqual('root', accounts.group_name(0))
        self.assertEqual('4294967295', accounts.group_name(2**32 - 1))

    def test_own(self) -> None:
        """The rights of this process."""
        found = accounts.own()
        self.assertEqual(os.geteuid(), found.uid)
        self.assertIn(os.getegid(), found.all_groups)

    def test_of_user(self) -> None:
        """By name and by number."""
        self.assertEqual(0, accounts.of_user('root').uid)
        self.assertEqual(accounts.of_user('root'), accounts.of_user('0'))
        self.assertEqual(
            accounts.of_user('root').all_groups, accounts.configured_groups(0)
        )

    def test_no_user(self) -> None:
        """A name that no host has."""
        for name in ('no-such-user', '4261001', '9' * 50, 'a\0b'):
            self.assertRaises(errors.UnavailableError, accounts.of_user, name)
        self.assertEqual(frozenset(), accounts.configured_groups(4_261_001))

    def test_shown(self) -> None:
        """The user with all groups, in the order of their numbers."""
        found = accounts.Credentials(0, 0, frozenset({4_261_100}))
        self.assertEqual('user root with groups root, 4261100', found.shown)
