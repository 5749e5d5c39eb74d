# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Addresses: the two kinds of URI that publishers and consumers share.

Rule: pure values; nothing here looks at the filesystem. Only
:meth:`Address.__str__` builds a URI.
"""

import dataclasses
import os
import posixpath
import re
import urllib.parse

from unixnotif import errors

LISTENING = 'unix'
RENDEZVOUS = 'unix+dir'

_EXAMPLES = (
    'use, for example, unix+dir:///run/nova/notifications (a directory, for '
    'any number of emitting processes) or unix:///run/nova/notifications.sock '
    '(one socket, for one emitting process)'
)

# Bytes of a path that are not text in the encoding of the filesystem, as
# os.fsdecode() returns them (PEP 383).
_UNDECODED = re.compile('[\udc80-\udcff]')


@dataclasses.dataclass(frozen=True, slots=True)
class Address:
    """A place where notifications are published.

    :param path: absolute path of the socket or of the rendezvous directory;
        to use a path in bytes, call :func:`os.fsdecode`
    :param is_directory: True for ``unix+dir://``, False for ``unix://``
    :raises AddressError: the path cannot name a socket or a directory
    """

    path: str
    is_directory: bool = True

    def __post_init__(self) -> None:
        path = self.path
        if not path.startswith('/'):
            raise errors.AddressError(
                f'{path!r} is not an absolute path; {_EXAMPLES}'
            )
        if not _UNDECODED.sub('', path).isprintable():
            raise errors.AddressError(
                f'{path!r} contains a character that cannot be printed, such '
                f'as a newline; {_EXAMPLES}'
            )
        _encode(path)
        trimmed = posixpath.normpath(path)
        if trimmed.strip('/') == '':
            raise errors.AddressError(
                f'{path!r} is the root directory; {_EXAMPLES}'
            )
        if not self.is_directory and path.endswith('/'):
            raise errors.AddressError(
                f'{path!r} ends in a slash, but unix:// names a socket; '
                'use unix+dir:// for a directory'
            )
        # normpath keeps a leading double slash, which POSIX reserves.
        object.__setattr__(self, 'path', '/' + trimmed.lstrip('/'))

    @classmethod
    def parse(cls, uri: 'str | Address') -> 'Address':
        """Return the address of a URI; return an Address unchanged.

        The path may be percent-encoded as in RFC 3986. Encoded bytes need
        not be UTF-8: a path on Linux is a sequence of bytes.

        :param uri: ``unix:///path/of.sock`` or ``unix+dir:///path``
        :raises AddressError: the URI is not valid; the message names the
            fault and shows an example
        """
        if isinstance(uri, Address):
            return uri
        scheme, separator, rest = uri.strip().partition('://')
        if not separator or scheme not in (LISTENING, RENDEZVOUS):
            raise errors.AddressError(
                f'{uri!r} does not start with unix:// or unix+dir://; '
                f'{_EXAMPLES}'
            )
        if not rest.startswith('/'):
            raise errors.AddressError(
                f'{uri!r} needs an absolute path, that is three slashes: '
                f'{scheme}:///{rest or "run/nova/notifications"}'
            )
        if '?' in rest or '#' in rest:
            raise errors.AddressError(
                f'{uri!r} has a query or a fragment, which an address '
                'cannot have; in a path, write ? as %3F and # as %23'
            )
        path = os.fsdecode(urllib.parse.unquote_to_bytes(_encode(rest)))
        return cls(path, is_directory=scheme == RENDEZVOUS)

    def __str__(self) -> str:
        scheme = RENDEZVOUS if self.is_directory else LISTENING
        # All characters but letters, digits and _.-~/ are encoded: also $ and
        # the comma, which oslo.config gives a meaning of its own.
        return f'{scheme}://{urllib.parse.quote(os.fsencode(self.path))}'


def _encode(path: str) -> bytes:
    """Return the bytes of a path.

    :raises AddressError: the filesystem's encoding lacks a character
    """
    try:
        return os.fsencode(path)
    except UnicodeEncodeError as e:
        raise errors.AddressError(
            f'{path!r} has a character that the encoding of the filesystem '
            f'({e.encoding}) lacks; write its bytes percent-encoded: an e '
            'with an acute accent is %C3%A9 in UTF-8'
        ) from None
