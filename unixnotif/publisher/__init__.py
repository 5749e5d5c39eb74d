# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The publishing end: from encoded documents to subscribers' sockets."""

from unixnotif.publisher.deliveries import Delivery
from unixnotif.publisher.deliveries import NOBODY
from unixnotif.publisher.publisher import MAX_SUBSCRIBERS
from unixnotif.publisher.publisher import Publisher
from unixnotif.publisher.publisher import shared
from unixnotif.publisher.relief import relieving

__all__ = [
    'MAX_SUBSCRIBERS',
    'NOBODY',
    'Delivery',
    'Publisher',
    'relieving',
    'shared',
]
