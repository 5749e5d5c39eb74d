# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The projects, their pinned releases, and which of their tests are run.

Rule: values only.
"""

import dataclasses
from pathlib import Path
from typing import Final

CHANGES: Final = Path(__file__).with_name('changes')


@dataclasses.dataclass(frozen=True)
class Project:
    """A project whose test suite adopts the fixtures.

    :ivar name: as on the command line, and of the file in ``changes``
    :ivar package: name in the package registry
    :ivar release: version of the package
    :ivar fake: the kind of fake that its tests use
    :ivar quick: regular expressions of the tests that run by default
    :ivar every: regular expressions of the tests that run with ``--all``
    :ivar requirements: further requirements of its tests
    """

    name: str
    package: str
    release: str
    fake: str
    quick: tuple[str, ...]
    every: tuple[str, ...]
    requirements: tuple[str, ...] = ()

    @property
    def change(self) -> Path:
        """Path of the change that adopts the fixtures."""
        return CHANGES / f'{self.name}.diff'


PROJECTS: Final = {
    each.name: each
    for each in (
        Project(
            'cinder',
            'cinder',
            '29.0.0',
            'a class with a list of dicts, and mocks of its method',
            (
                r'unit\.image\.test_cache\.',
                r'unit\.backup\.test_chunkeddriver\.',
                r'unit\.volume\.test_snapshot\..*create',
            ),
            (
                r'unit\.image\.test_cache\.',
                r'unit\.backup\.test_chunkeddriver\.',
                r'unit\.group\.test_groups_manager\.',
                r'unit\.volume\.test_(snapshot|volume|volume_migration)\.',
                r'unit\.api\.v3\.test_(volumes|snapshots)\.',
                r'unit\.api\.contrib\.test_types_(manage|extra_specs)\.',
                r'unit\.api\.contrib\.test_volume_type_encryption\.',
                r'unit\.api\.contrib\.test_qos_specs_manage\.',
            ),
        ),
        Project(
            'manila',
            'manila',
            '23.0.1',
            'a list of dicts in a module',
            (r'api\.v2\.test_share_types',),
            (
                r'api\.v2\.test_share_types',
                r'tests\.share\.test_manager\.',
            ),
        ),
        Project(
            'neutron',
            'neutron',
            '29.0.0',
            'a patch of the class of the Notifier',
            (
                r'api\.v2\.test_base\.NotificationTest\.',
                r'services\.metering\.agents\.test_metering_agent\.',
            ),
            (
                r'api\.v2\.test_base\.NotificationTest\.',
                r'services\.metering\.agents\.test_metering_agent\.',
                r'test_agentschedulers_db\..*(dhcp|l3)_agent_notification$',
                r'extensions\.test_l3\..*floatingip.*_notification',
                r'unit\.extensions\.test_data_plane_status\.',
            ),
        ),
        Project(
            'watcher',
            'python-watcher',
            '17.0.0',
            'a mock of the Notifier',
            (r'tests\.unit\.notifications\.',),
            (r'tests\.unit\.notifications\.',),
        ),
    )
}
#: Project with a tool of its own, ``tools.nova``.
NOVA: Final = 'nova'
