# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Checks of the test notification."""

import shlex

from unixnotif import address
from unixnotif.doctor import findings
from unixnotif.doctor import trials


def check(
    where: address.Address, trial: trials.Trial, is_explained: bool
) -> list[findings.Finding]:
    """Judge a trial.

    :param is_explained: True if another finding is a problem of the address
    """
    if trial.refusal:
        what = f'Cannot subscribe at {where}: {trial.refusal}'
        if is_explained:
            return [findings.note('cannot-subscribe', what)]
        return [
            findings.problem(
                'cannot-subscribe',
                what,
                'Subscribers of this user receive nothing.',
                _find_forbidder(where)
                if trial.is_forbidden
                else 'remove the cause that the message above names, then run '
                'this command again',
            )
        ]
    if not trial.sender:
        return []
    if trial.is_sent and not trial.failure:
        return [
            findings.ok(
                'test-notification',
                f'A test notification arrived, sent as user {trial.sender}',
            )
        ]
    what = (
        f'A test notification, sent as user {trial.sender}, did not arrive: '
        f'{trial.failure}'
    )
    if is_explained:
        return [findings.note('test-notification', what)]
    return [
        findings.problem(
            'test-notification',
            what,
            'Notifications of the service probably do not arrive either.',
            'look for a WARNING of unixnotif in the log of the service; if '
            'the permissions are right, look for SELinux or AppArmor in the '
            'log of the system',
        )
    ]


def _find_forbidder(where: address.Address) -> str:
    """Return the fix if owner, group and mode allow access."""
    log = 'look for SELinux or AppArmor in the log of the system'
    if not where.is_directory:
        return log
    path = shlex.quote(where.path)
    return (
        f'if "lsattr -d {path}" shows the attribute i (immutable), run: '
        f'chattr -i {path}; otherwise {log}'
    )
