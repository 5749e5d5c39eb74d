# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Notifications of OpenStack services over Unix sockets, without a bus.

Rule: ``import unixnotif`` imports no other module of the package. pytest
imports the package in every session of an environment that contains it.
"""

import importlib
from typing import Any
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from unixnotif.address import Address
    from unixnotif.consumer import Consumer
    from unixnotif.notification import Notification
    from unixnotif.publisher import Delivery
    from unixnotif.publisher import Publisher

__all__ = ['Address', 'Consumer', 'Delivery', 'Notification', 'Publisher']

_HOMES = {
    'Address': 'unixnotif.address',
    'Consumer': 'unixnotif.consumer',
    'Delivery': 'unixnotif.publisher',
    'Notification': 'unixnotif.notification',
    'Publisher': 'unixnotif.publisher',
}


def __getattr__(name: str) -> Any:
    """Import a public class when it is first asked for (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value
