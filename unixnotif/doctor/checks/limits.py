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

"""Checks of the limits of the kernel."""

from unixnotif.doctor import findings


def check(
    largest: int, send_buffer_size: int, configured: bool
) -> list[findings.Finding]:
    """Judge the size of the buffer of each subscriber.

    :param largest: the sysctl net.core.wmem_max, or 0
    :param configured: True if the size comes from a configuration file
    """
    if not largest or largest >= send_buffer_size:
        return []
    origin = 'its value' if configured else 'the default'
    return [
        findings.note(
            'send-buffer',
            f'The kernel limits the buffer of a subscriber to {largest} '
            f'bytes (net.core.wmem_max); {origin} of send_buffer_size is '
            f'{send_buffer_size}',
            'A subscriber that stops reading for a moment loses '
            'notifications earlier.',
            f'sysctl -w net.core.wmem_max={send_buffer_size}',
        )
    ]
