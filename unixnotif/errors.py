# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Errors of the package.

Rule: each error about an address, a file, a document or a peer derives from
:class:`UnixNotifError`. Its message names the cause, and says what to change.
Calls with wrong arguments raise ValueError, TypeError or KeyError instead, and
failed assertions of fixtures raise AssertionError.
"""


class UnixNotifError(Exception):
    """Base of the errors of this package."""

    def __str__(self) -> str:
        """Return the message, in characters that every log file can store.

        A path can hold bytes that are not text (PEP 383).
        """
        return super().__str__().encode(errors='backslashreplace').decode()


class AddressError(UnixNotifError, ValueError):
    """A URI in a call or in the configuration is not an address."""


class UnavailableError(UnixNotifError):
    """An address is well formed but cannot be used now.

    The directory is missing, no process listens, or the filesystem refuses.
    For files: the file cannot be read or written.
    """


class MissingError(UnavailableError):
    """The directory does not exist, or nobody listens; a retry may succeed.

    Also raised if a driver listens, but too many readers wait until it accepts
    them.
    """


class InUseError(UnavailableError):
    """Another process listens on the address, or writes the recording.

    :ivar pid: process id of the owner, or None if it is unknown
    """

    def __init__(self, message: str, pid: int | None = None) -> None:
        super().__init__(message)
        self.pid = pid


class DocumentError(UnixNotifError, ValueError):
    """Data is not a notification, a recording or a sample.

    Also raised if a notification cannot be written as JSON.
    """


class CatalogueError(UnixNotifError, ValueError):
    """A catalogue, or another input of the contract, is malformed.

    Also raised if a file of the contract cannot be read or written.
    """


class PeerError(UnixNotifError):
    """The other end of a socket broke the wire protocol, or sent too much.

    Consumers do not raise this error. They count it in ``rejected``.
    """


class DiscardedError(UnixNotifError):
    """A consumer has unsubscribed, and discarded a document undecoded.

    Either earlier documents of the user took too long to decode, or the
    program had no time left, or ``record`` could not write. Consumers do not
    raise this error. They count it in ``rejected``.
    """


class PlatformError(UnixNotifError):
    """This system lacks a feature of Linux that unixnotif needs."""
