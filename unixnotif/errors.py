# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Errors of the package.

Rule: each error that this package raises on purpose derives from
:class:`UnixNotifError`. Its message names the cause, and says what to change.
"""


class UnixNotifError(Exception):
    """Base of every error that unixnotif raises on purpose."""

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
    """


class MissingError(UnavailableError):
    """The directory does not exist, or nobody listens; a retry may succeed."""


class InUseError(UnavailableError):
    """Another living process listens on the address.

    :ivar pid: process id of the owner, or None if it is unknown
    """

    def __init__(self, message: str, pid: int | None = None) -> None:
        super().__init__(message)
        self.pid = pid


class DocumentError(UnixNotifError, ValueError):
    """Data is not a notification document, or cannot become one."""


class CatalogueError(UnixNotifError, ValueError):
    """A catalogue of payloads, or a file beside it, is malformed."""


class PeerError(UnixNotifError):
    """The other end of a socket broke the wire protocol."""


class PlatformError(UnixNotifError):
    """This system lacks a feature of Linux that unixnotif needs."""
