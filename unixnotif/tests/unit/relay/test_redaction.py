# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0


"""Tests that no password is shown."""

import logging
import urllib.parse

import hypothesis
from hypothesis import strategies as st

from unixnotif import relay
from unixnotif.tests import base


class SecretsTest(base.TestCase):
    @base.fuzz
    @hypothesis.given(st.text(min_size=1), st.text(), st.text())
    def test_hide(self, password: str, before: str, after: str) -> None:
        """A password and its forms in a URL are replaced."""
        hypothesis.assume(password not in before + '***' + after)
        secrets = relay.Secrets(['', None, password])
        for form in (password, urllib.parse.quote(password, safe='')):
            hypothesis.assume(form not in before + '***' + after)
            hidden = secrets.hide(f'{before}{form}{after}')
            self.assertNotIn(form, hidden.replace('***', ''))

    def test_parts(self) -> None:
        """One password may be part of another one."""
        secrets = relay.Secrets(['ab', 'abc'])
        self.assertEqual('*** ***', secrets.hide('abc ab'))

    def test_log(self) -> None:
        """Log records are shown without passwords, with a traceback too."""
        formatter = relay.HidingFormatter(
            relay.Secrets(['pass']),
            logging.Formatter('unixnotif: %(message)s'),
        )
        try:
            raise ValueError('pass')
        except ValueError as e:
            record = logging.makeLogRecord(
                {
                    'msg': 'a %s',
                    'args': ('pass',),
                    'exc_info': (ValueError, e, None),
                }
            )
        self.assertEqual(
            'unixnotif: a ***\nValueError: ***', formatter.format(record)
        )
