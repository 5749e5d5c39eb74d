# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""A project overrides a fixture of the plugin."""

from collections.abc import Callable

from oslo_config import cfg
import pytest

from unixnotif.fixtures import UnixNotifierFixture


@pytest.fixture
def unix_notifier(
    unix_notifier_factory: Callable[..., UnixNotifierFixture],
) -> UnixNotifierFixture:
    """Return a fixture for the project's own configuration."""
    conf = cfg.ConfigOpts()
    conf([], project='thing')
    return unix_notifier_factory(conf)
