# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The outcome of sending one document to one subscriber."""

import enum


class Outcome(enum.StrEnum):
    """The outcome of one document at one subscriber.

    Apart from the first four, each value is the reason of a drop: the
    subscriber missed a document.
    """

    #: The document is in the subscriber's queue.
    DELIVERED = 'delivered'
    #: There is a connection, and nothing was sent yet.
    READY = 'ready'
    #: Nobody listens at the moment; the subscriber is owed nothing.
    ABSENT = 'absent'
    #: The subscriber has ended; it is owed nothing.
    GONE = 'gone'

    #: The kernel's buffer for the subscriber is full.
    BUFFER_FULL = 'buffer_full'
    #: Too many connections wait for the subscriber to accept them.
    BACKLOG_FULL = 'backlog_full'
    #: The document is larger than ``max_message_size`` or the buffer.
    TOO_LARGE = 'too_large'
    #: The document cannot be written as JSON.
    UNSERIALIZABLE = 'unserializable'
    #: The permissions of the subscriber's socket refuse this process.
    DENIED = 'denied'
    #: The file is no socket of a known kind, the subscriber closes each
    #: connection, or this process has no descriptor left.
    UNREACHABLE = 'unreachable'
    #: An exception, for example KeyboardInterrupt, ended the call.
    INTERRUPTED = 'interrupted'

    @property
    def is_drop(self) -> bool:
        """True if the subscriber missed a document."""
        return self not in _OWED_NOTHING

    def __repr__(self) -> str:
        return repr(self.value)


_OWED_NOTHING = frozenset(
    {Outcome.DELIVERED, Outcome.READY, Outcome.ABSENT, Outcome.GONE}
)
