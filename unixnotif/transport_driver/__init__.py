# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The transport driver ``unix`` of oslo.messaging.

Rule: only this package imports the private part of oslo.messaging that
describes transport drivers (``oslo_messaging._drivers.base``).
"""

from unixnotif.transport_driver.driver import UnixTransportDriver

__all__ = ['UnixTransportDriver']
