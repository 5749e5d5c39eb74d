# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""A server's life on a real cloud whose notifications are captured.

Rule: without the name of a capture the tests are skipped. With a capture,
everything else that is missing is a failure that names the variable, because
a job must not pass with skipped tests.
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
    """All tests look at one life of a server."""

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        path, cloud = _variables()
        cls.catalogue = _catalogue()
        try:
            # Before the tests boot a server in vain.
            capturing.read(path)
            cls.story = _live(cloud)
            cls.capture = capturing.follow(
                path, lambda found: checking.all_is_there(found, cls.story)
            )
        except (errors.UnavailableError, errors.DocumentError) as e:
            raise AssertionError(f'{CAPTURE}={path}: {e}') from e


def _variables() -> tuple[str, str]:
    """Return the path of the capture and the name of the cloud."""
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
        # Import by name: other tests and type checkers lack openstacksdk.
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
