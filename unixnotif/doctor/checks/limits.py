# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Checks of the limits of the kernel and of a process."""

from unixnotif.doctor import findings
from unixnotif.doctor import processes


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


def check_descriptors(
    label: str, found: processes.Descriptors, max_subscribers: int
) -> list[findings.Finding]:
    """Judge the descriptors of a service, which needs one a subscriber.

    The note has no reserve for other files: the default of max_subscribers is
    the usual limit, so a reserve would make the note appear for most services.

    :param label: text that identifies the service
    """
    raise_limit = (
        'raise the limit (LimitNOFILE= in the systemd unit) and restart the '
        'service'
    )
    what = f'{label[:1].upper()}{label[1:]}'
    if found.is_exhausted:
        return [
            findings.problem(
                'few-descriptors',
                f'{what} has opened {found.number} of at most {found.limit} '
                'descriptors (RLIMIT_NOFILE)',
                'Each subscriber needs a descriptor of the service. With no '
                'descriptor left, the service cannot connect to new '
                'subscribers, and may fail in other ways ("Too many open '
                'files").',
                f'{raise_limit}, or lower max_subscribers in section '
                '[oslo_messaging_unix], or stop subscribers that nobody needs',
            )
        ]
    if max_subscribers <= found.limit:
        return []
    return [
        findings.note(
            'descriptor-limit',
            f'{what} may open {found.limit} descriptors (RLIMIT_NOFILE), '
            f'fewer than max_subscribers ({max_subscribers})',
            'Many subscribers can use all descriptors of the service.',
            f'{raise_limit}, or lower max_subscribers in section '
            '[oslo_messaging_unix]',
        )
    ]
