# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""A server's life on a real cloud, whose notifications are captured.

Rule: skipped where nobody names a capture; what the tests then need and do
not get is a failure that names the variable, for a job must not pass by
skipping.
"""

import importlib
import os
from typing import Any
import unittest

from oslotest import base as oslotest

from unixnotif import contract
from unixnotif import errors
from unixnotif.tests.devstack import base
from unixnotif.tests.devstack import capturing
from unixnotif.tests.devstack import checking
from unixnotif.tests.devstack import lifecycle

CLOUD = 'OS_CLOUD'
CAPTURE = 'UNIXNOTIF_CAPTURE'
CATALOGUE = 'UNIXNOTIF_CATALOGUE'


class CloudTest(base.LifecycleTests, oslotest.BaseTestCase):
    """The cloud is driven once, for all the tests."""

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        path, cloud = _variables()
        cls.catalogue = _catalogue()
        try:
            # Now, before a server is booted for nothing.
            capturing.read(path)
            cls.story = _live(cloud)
            cls.capture = capturing.follow(
                path, lambda found: checking.all_is_there(found, cls.story)
            )
        except (errors.UnavailableError, errors.DocumentError) as e:
            raise AssertionError(f'{CAPTURE}={path}: {e}') from e


def _variables() -> tuple[str, str]:
    """The capture and the cloud."""
    path, cloud = os.environ.get(CAPTURE), os.environ.get(CLOUD)
    if not path:
        raise unittest.SkipTest(
            f'no cloud: {CAPTURE} is not set; for example '
            '/opt/stack/data/unixnotif/capture.jsonl, which '
            '"unixnotif record" writes'
        )
    if not cloud:
        raise AssertionError(
            f'{CAPTURE}={path}, but {CLOUD} is not set; for example '
            'devstack-admin, a name from clouds.yaml'
        )
    return path, cloud


def _catalogue() -> contract.Catalogue:
    path = os.environ.get(CATALOGUE) or os.fspath(base.CATALOGUE)
    try:
        return contract.read(path)
    except (errors.CatalogueError, errors.UnavailableError) as e:
        raise AssertionError(f'{CATALOGUE}={path}: {e}') from e


def _live(cloud: str) -> lifecycle.Story:
    try:
        # By name: the other tests do without it, and so do type checkers.
        openstack: Any = importlib.import_module('openstack')
    except ImportError as e:
        raise AssertionError(
            f'{CLOUD}={cloud}: openstacksdk is not installed; '
            'use tox -e functional-devstack'
        ) from e
    try:
        connection = openstack.connect(cloud=cloud)
    except openstack.exceptions.ConfigException as e:
        raise AssertionError(f'{CLOUD}={cloud}: {e}') from e
    with connection:
        return lifecycle.Lifecycle(connection).live()
