# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

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
    origin = '' if configured else ', the default'
    return [
        findings.note(
            'send-buffer',
            f'The kernel limits the buffer of a subscriber to {largest} '
            'bytes (net.core.wmem_max), less than send_buffer_size '
            f'({send_buffer_size}{origin})',
            'A subscriber that reads slowly loses notifications sooner.',
            f'sysctl -w net.core.wmem_max={send_buffer_size}',
        )
    ]
