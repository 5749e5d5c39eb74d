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

"""The service of an examination."""

import dataclasses

from unixnotif import packet
from unixnotif import publisher
from unixnotif.doctor import accounts
from unixnotif.doctor import configuration
from unixnotif.doctor import processes


@dataclasses.dataclass(frozen=True)
class Service:
    """Facts about a service.

    :param process: one of its processes, if the caller named it
    :param rights: its user and groups, or None if unknown
    :param label: text that identifies it
    :param files: its configuration files
    :param options: its options, or None if unknown
    """

    process: processes.Process | None
    rights: accounts.Credentials | None
    label: str
    files: tuple[str, ...] = ()
    options: configuration.Configuration | None = None

    @property
    def max_subscribers(self) -> int:
        """Value of the option, or its default."""
        return self._option('max_subscribers', publisher.MAX_SUBSCRIBERS)

    @property
    def send_buffer_size(self) -> int:
        """Value of the option, or its default."""
        return self._option('send_buffer_size', packet.SEND_BUFFER_SIZE)

    def _option(self, name: str, default: int) -> int:
        values = self.options.values if self.options else {}
        return int(values.get(name, default))
