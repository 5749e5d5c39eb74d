# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Errors: one base, and classes that say whose fault it is."""

import inspect
import os

from unixnotif import errors
from unixnotif.tests import base


class ErrorsTest(base.TestCase):
    """Classes that ``except`` clauses of users rely on."""

    def test_every_error_has_the_one_base(self) -> None:
        """``except UnixNotifError`` catches all that is raised on purpose."""
        found = [
            each
            for _, each in inspect.getmembers(errors, inspect.isclass)
            if issubclass(each, Exception)
        ]
        self.assertGreaterEqual(len(found), 7)
        for each in found:
            self.assertTrue(issubclass(each, errors.UnixNotifError), each)
            self.assertTrue(each.__doc__, each)

    def test_wrong_values_are_value_errors(self) -> None:
        """Code that does not know the package can catch ValueError."""
        for each in (errors.AddressError, errors.DocumentError):
            self.assertTrue(issubclass(each, ValueError), each)

    def test_paths_that_are_not_text(self) -> None:
        """A log file can store every message."""
        path = os.fsdecode(b'/run/\xff')
        for each in (errors.UnavailableError, errors.AddressError):
            self.assertEqual('no /run/\\udcff', str(each(f'no {path}')))
        self.assertEqual('/run/\\udcff', str(errors.InUseError(path, 1)))

    def test_owner_of_an_address_is_named(self) -> None:
        """An address in use cannot be used, and the owner's pid is known."""
        e = errors.InUseError('taken', 123)
        self.assertIsInstance(e, errors.UnavailableError)
        self.assertEqual(('taken', 123), (str(e), e.pid))
        self.assertIsNone(errors.InUseError('taken').pid)
