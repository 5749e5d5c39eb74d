# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The consuming end: from an address to notifications."""

from unixnotif.consumer.consumer import CHECK_INTERVAL
from unixnotif.consumer.consumer import Consumer
from unixnotif.consumer.consumer import MAX_SKIPPED

__all__ = ['CHECK_INTERVAL', 'MAX_SKIPPED', 'Consumer']
