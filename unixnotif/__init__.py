#    Licensed under the Apache License, Version 2.0 (the "License"); you may
#    not use this file except in compliance with the License. You may obtain
#    a copy of the License at
#
#         http://www.apache.org/licenses/LICENSE-2.0
#
#    Unless required by applicable law or agreed to in writing, software
#    distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
#    WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
#    License for the specific language governing permissions and limitations
#    under the License.

"""Notifications of OpenStack services over Unix sockets, without a bus.

Rule: importing the package imports nothing else yet, since pytest does that
in every session of everybody who has it installed.
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
