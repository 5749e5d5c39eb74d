# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The bytes that the kernel copies while one document is sent.

Rule: a send(2) copies the document for each reader, and the publisher waits
for the copy. No user decides how many bytes one call copies.
"""

from typing import Final

from unixnotif import shares

#: Bytes of one document that are copied for all users together, and a quarter
#: of them for one user. Copying 1 MiB takes about a millisecond.
MOST_COPIED: Final = 64 * 1024 * 1024


class Copies:
    """The copies of one long document for users that are not trusted.

    Short documents do not count: the number of subscribers limits those.
    """

    def __init__(self) -> None:
        self._document: object = None
        self._copied = shares.Shares(MOST_COPIED)

    def take(self, uid: int, document: object, size: int) -> bool:
        """Return True if one more copy may be made for a user; count it.

        A user that has none yet may have one of any size.

        :param document: identifies the document; the next one has a budget
            of its own
        """
        if shares.is_exempt(uid):
            return True
        if document is not self._document:
            self._document = document
            self._copied = shares.Shares(MOST_COPIED)
        if self._copied.held(uid) and self._copied.room(uid) < size:
            return False
        self._copied.hold(uid, size)
        return True
