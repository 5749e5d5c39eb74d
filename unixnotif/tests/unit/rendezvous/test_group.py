# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The group of sockets and rendezvous directories."""

import grp
import os

from unixnotif import address
from unixnotif import errors
from unixnotif import publisher
from unixnotif.rendezvous import group as groups
from unixnotif.tests import base


class GroupIdTest(base.TestCase):
    def error(self, group: str) -> str:
        """Return the message of the error that this group causes."""
        e = self.assertRaises(errors.UnavailableError, groups.group_id, group)
        self.assertIn('socket_group', str(e))
        self.assertIn('for example: socket_group = nova', str(e))
        self.assertLess(len(str(e)), 300)
        return str(e)

    def test_none(self) -> None:
        """Without a group, chown(2) does not change the group."""
        for group in None, '':
            self.assertEqual(groups.UNCHANGED, groups.group_id(group))
        descriptor = os.open(self.new_directory().path, os.O_RDONLY)
        self.addCleanup(os.close, descriptor)
        before = os.fstat(descriptor).st_gid
        os.fchown(descriptor, -1, groups.UNCHANGED)
        self.assertEqual(before, os.fstat(descriptor).st_gid)

    def test_name(self) -> None:
        """The name of a group of this host gives its gid."""
        for entry in grp.getgrall():
            self.assertEqual(
                grp.getgrnam(entry.gr_name).gr_gid,
                groups.group_id(entry.gr_name),
            )

    def test_number(self) -> None:
        """A number is a gid, whether or not the host has such a group."""
        for text, gid in (
            ('0', 0),
            ('000', 0),
            ('0042', 42),
            ('4000000', 4_000_000),
            ('4294967294', 2**32 - 2),
            ('0' * 5000 + '7', 7),
        ):
            self.assertEqual(gid, groups.group_id(text))

    def test_too_large(self) -> None:
        """A number that is not a gid is an error that names the option."""
        for text in '4294967295', '4294967296', '99999999999':
            self.assertEqual(
                f"socket_group = '{text}' is not a group number (maximum "
                '4294967294); set the name or number of an existing group, '
                'for example: socket_group = nova',
                self.error(text),
            )
        self.assertIn('999...', self.error('9' * 5000))

    def test_unknown(self) -> None:
        """Any other value that is not a group is an error as well."""
        for text in (
            'no-such-group', '-1', '+5', ' 5', '5.0', '\u0663', '\u00b2',
            'a\0b', 'a\ud800', 'x' * 5000,
        ):  # fmt: skip
            self.assertIn('there is no group ', self.error(text))

    def test_nothing_is_created(self) -> None:
        """A publisher with a bad group creates neither kind of address."""
        parent = self.new_directory().path
        for is_directory in True, False:
            where = address.Address(f'{parent}/new', is_directory)
            for text in '4294967295', '99999999999', 'no-such-group':
                out = publisher.Publisher(where, group=text)
                self.addCleanup(out.close)
                e = self.assertRaises(errors.UnavailableError, out.open)
                self.assertIn('socket_group', str(e))
                out.refresh()
                self.assertEqual([], os.listdir(parent))
