# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""A worker that publishes more than anybody reads, and ends."""

import unixnotif

#: Still held when the process ends, as a service's Notifier is.
_publishers: list[unixnotif.Publisher] = []


def flood(uri: str, document: bytes, count: int) -> None:
    """Publish a document N times."""
    publisher = unixnotif.Publisher(uri, send_buffer_size=4096)
    _publishers.append(publisher)
    for _ in range(count):
        publisher.publish(document)
