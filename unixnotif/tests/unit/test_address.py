# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Addresses: valid URIs, and errors for others."""

import dataclasses
import os

import hypothesis
from hypothesis import strategies

from unixnotif import address
from unixnotif import errors
from unixnotif.tests import base

DIRECTORY = 'unix+dir:///run/nova/notifications'
SOCKET = 'unix:///run/nova/notifications.sock'


class ParseTest(base.TestCase):
    """URIs that are addresses."""

    def test_scheme(self) -> None:
        """unix+dir:// names a directory, unix:// a socket."""
        self.assertEqual(
            address.Address('/run/nova/notifications', is_directory=True),
            address.Address.parse(DIRECTORY),
        )
        self.assertEqual(
            address.Address('/run/nova/notifications.sock', False),
            address.Address.parse(SOCKET),
        )

    def test_path_is_brought_into_one_form(self) -> None:
        """Addresses of one place are equal, however they are written."""
        for uri in (
            'unix+dir:///run/nova/notifications/',
            'unix+dir:////run//nova/./notifications',
            'unix+dir:///run/cinder/../nova/notifications',
            'unix+dir:///run/nova/n%6Ftifications',
            f'  {DIRECTORY}\n',
        ):
            parsed = address.Address.parse(uri)
            self.assertEqual(address.Address.parse(DIRECTORY), parsed, uri)
            self.assertEqual(DIRECTORY, str(parsed))

    def test_address_is_parsed_to_itself(self) -> None:
        """Functions that take a URI take an Address as well."""
        parsed = address.Address.parse(SOCKET)
        self.assertIs(parsed, address.Address.parse(parsed))

    def test_percent_encoding(self) -> None:
        """A path may hold what URIs reserve, and more than ASCII."""
        parsed = address.Address.parse('unix:///run/a%3Fb%23c%25d%20%C3%A9')
        self.assertEqual('/run/a?b#c%d é', parsed.path)
        self.assertEqual('unix:///run/a%3Fb%23c%25d%20%C3%A9', str(parsed))
        self.assertEqual(
            parsed, address.Address.parse('unix:///run/a%3Fb%23c%25d é')
        )

    def test_bytes_that_are_not_utf8(self) -> None:
        """A path is a sequence of bytes; a URI is ASCII text."""
        path = os.fsdecode(b'/run/\xff\xe9')
        for is_directory, uri in (
            (False, 'unix:///run/%FF%E9'),
            (True, 'unix+dir:///run/%FF%E9'),
        ):
            where = address.Address(path, is_directory)
            self.assertEqual(uri, str(where))
            self.assertEqual(where, address.Address.parse(uri))
            # An argument of a command may hold the bytes unencoded.
            raw = uri.replace('%FF%E9', path.removeprefix('/run/'))
            self.assertEqual(where, address.Address.parse(raw))

    def test_text_in_files(self) -> None:
        """A URI has no character that a configuration file changes."""
        path = '/run/a,b;c$d "e" \'f\' #g?h%2Fi=j[k]{l}\\m:é'
        for is_directory in (False, True):
            where = address.Address(path, is_directory)
            self.assertEqual(where, address.Address.parse(str(where)))
            text = str(where).partition('://')[2]
            self.assertRegex(text, r'\A[A-Za-z0-9/%_.~-]+\Z')

    def test_path_of_300_characters(self) -> None:
        """The length of a socket address in the kernel is no limit here."""
        path = '/run' + '/directory' * 30
        self.assertEqual(304, len(path))
        for uri in (f'unix://{path}', f'unix+dir://{path}'):
            self.assertEqual(path, address.Address.parse(uri).path)
            self.assertEqual(uri, str(address.Address.parse(uri)))

    def test_address_is_a_value(self) -> None:
        """An address cannot be changed; equal addresses have one hash."""
        parsed = address.Address.parse(SOCKET)
        self.assertEqual(1, len({parsed, address.Address.parse(SOCKET)}))
        self.assertRaises(
            dataclasses.FrozenInstanceError, setattr, parsed, 'path', '/x'
        )

    @base.fuzz
    @hypothesis.given(
        strategies.text(
            strategies.characters(exclude_categories=['C']), min_size=1
        ),
        strategies.booleans(),
    )
    def test_text_of_an_address_parses_to_it(
        self, path: str, is_directory: bool
    ) -> None:
        """str() and parse() are inverse to each other for every path."""
        try:
            made = address.Address(f'/{path}', is_directory)
        except errors.AddressError:
            return
        self.assertEqual(made, address.Address.parse(str(made)))


class ErrorTest(base.TestCase):
    """Each error message shows how to write a correct URI."""

    def assert_refused(self, text: str, mistake: str, shown: str) -> None:
        e = self.assertRaises(errors.AddressError, address.Address.parse, text)
        message = str(e)
        # The given text, the mistake, and the correct form.
        for part in (repr(text)[1:-1].strip('\\n '), mistake, shown):
            self.assertIn(part, message)

    def test_scheme(self) -> None:
        """Anything but the two schemes is refused, with an example of both."""
        for text in (
            '',
            '/run/nova/notifications',
            'run/nova',
            'http:///run/nova',
            'unix+file:///run/nova',
            'UNIX:///run/nova',
            'unix:/run/nova',
            '://',
        ):
            for shown in (DIRECTORY, SOCKET):
                self.assert_refused(
                    text, 'does not start with unix:// or unix+dir://', shown
                )

    def test_host_or_relative_path(self) -> None:
        """Two slashes are too few; the message shows the URI with three."""
        self.assert_refused(
            'unix+dir://run/nova', 'three slashes', 'unix+dir:///run/nova'
        )
        self.assert_refused(
            'unix://', 'three slashes', 'unix:///run/nova/notifications'
        )

    def test_query_and_fragment(self) -> None:
        """The message shows how to encode ? and # in a path."""
        for text in ('unix:///run/a?mode=0660', 'unix:///run/a#b'):
            self.assert_refused(text, 'a query or a fragment', '%3F')
            self.assert_refused(text, 'a query or a fragment', '%23')

    def test_root_directory(self) -> None:
        """The root directory is neither a socket nor a place for sockets."""
        for text in ('unix+dir:///', 'unix+dir:////', 'unix+dir:///run/..'):
            e = self.assertRaises(
                errors.AddressError, address.Address.parse, text
            )
            self.assertIn('is the root directory', str(e))
            self.assertIn(DIRECTORY, str(e))

    def test_slash_after_a_socket(self) -> None:
        """The path of a socket must not end in a slash."""
        e = self.assertRaises(
            errors.AddressError, address.Address.parse, 'unix:///run/nova/'
        )
        self.assertIn("'/run/nova/' ends in a slash", str(e))
        self.assertIn('use unix+dir://', str(e))

    def test_characters_that_do_not_print(self) -> None:
        """A path with NUL, newline and the like is refused, and shown."""
        for character in ('%00', '%0A', '%7F', '%C2%85'):
            text = f'unix:///run/{character}'
            e = self.assertRaises(
                errors.AddressError, address.Address.parse, text
            )
            self.assertIn('a character that cannot be printed', str(e))
            self.assertIn(SOCKET, str(e))
            self.assertTrue(str(e).isprintable())

    def test_characters_that_cannot_be_encoded(self) -> None:
        """The message shows what an encoded character looks like."""
        for character in ('\ud800', '\udfff'):
            text = f'unix:///run/{character}'
            e = self.assertRaises(
                errors.AddressError, address.Address.parse, text
            )
            self.assertIn('the encoding of the filesystem', str(e))
            self.assertIn('%C3%A9', str(e))
            self.assertRaises(
                errors.AddressError, address.Address, f'/run/{character}'
            )

    def test_relative_path_of_a_value(self) -> None:
        """The constructor of Address validates the path, too."""
        e = self.assertRaises(errors.AddressError, address.Address, 'run/x')
        self.assertIn("'run/x' is not an absolute path", str(e))
        self.assertIn(DIRECTORY, str(e))

    @base.fuzz
    @hypothesis.given(strategies.text())
    def test_any_text_is_an_address_or_an_address_error(
        self, text: str
    ) -> None:
        """No text makes parse() raise anything else."""
        for prefix in ('', 'unix://', 'unix+dir:///'):
            try:
                parsed = address.Address.parse(prefix + text)
            except errors.AddressError:
                continue
            self.assertTrue(parsed.path.startswith('/'))
            self.assertEqual(parsed, address.Address.parse(str(parsed)))
            self.assertTrue(str(parsed).isascii())
