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
