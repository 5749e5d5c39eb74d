# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

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

    :param process: one of its processes, or None if unknown
    :param rights: its user and groups, or None if unknown
    :param label: text that identifies it
    :param files: its configuration files
    :param options: its options, or None if unknown
    :param is_found: True if a search found the process, so that nobody
        vouches for it
    """

    process: processes.Process | None
    rights: accounts.Credentials | None
    label: str
    files: tuple[str, ...] = ()
    options: configuration.Configuration | None = None
    is_found: bool = False

    @property
    def user(self) -> str:
        """Name of its user, or an example."""
        return self.rights.user if self.rights else 'nova'

    @property
    def group(self) -> str:
        """Value of the option socket_group, or an example."""
        values = self.options.values if self.options else {}
        return str(values.get('socket_group') or 'notifications')

    @property
    def is_exhausted(self) -> bool:
        """True if the process can open few more descriptors, or none."""
        found = self.process.descriptors if self.process else None
        return found is not None and found.is_exhausted

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
