# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Checks of installations."""

import shlex

from unixnotif.doctor import findings
from unixnotif.doctor import installations

# As the page "Installation" of the documentation: there is no release yet.
_SOURCE = (
    'in the top directory of the source of unixnotif, run this command, then '
    'restart the service'
)
_WHY = (
    'oslo.messaging cannot load the driver "unix" there. It logs one WARNING '
    'when the service starts, and the service publishes nothing.'
)


def check_here(found: installations.Installation) -> findings.Finding:
    """Judge the environment of the doctor."""
    return _check(found, 'here')


def check_service(
    found: installations.Installation | None, label: str
) -> findings.Finding:
    """Judge the environment of a service.

    :param found: None if the environment is unknown
    :param label: text that identifies the service
    """
    if found is None:
        return findings.note(
            'service-environment-unknown',
            f'Cannot find the Python environment of {label}',
            fix='pass its interpreter: --python /opt/nova/bin/python',
        )
    return _check(found, f'for {found.where}')


def _check(found: installations.Installation, where: str) -> findings.Finding:
    python = found.where
    if not python.rpartition('/')[2].startswith('python'):
        python += '/bin/python'
    pip = f'{shlex.quote(python)} -m pip install'
    if not found.version:
        return findings.problem(
            'not-installed',
            f'unixnotif is not installed {where}',
            _WHY,
            f'{_SOURCE}: {pip} .',
        )
    if not found.driver:
        return findings.problem(
            'driver-not-registered',
            f'unixnotif {found.version} is installed {where}, but its entry '
            'point for oslo.messaging is missing',
            _WHY,
            f'{_SOURCE}: {pip} --force-reinstall --no-deps .',
        )
    if found.driver not in ('loads', 'registered'):
        return findings.problem(
            'driver-broken',
            f'The driver of unixnotif {found.version} {where} cannot be '
            f'imported: {found.driver}',
            _WHY,
            f'{_SOURCE}: {pip} --upgrade .',
        )
    return findings.ok(
        'installed',
        f'unixnotif {found.version} is installed {where}, with the driver '
        '"unix"',
    )
