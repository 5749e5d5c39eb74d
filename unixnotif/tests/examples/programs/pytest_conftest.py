# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Fixtures of a project, made of those of the pytest plugin."""

from collections.abc import Callable
from typing import Any

from oslo_config import cfg
import pytest


@pytest.fixture
def unix_notifier(unix_notifier_factory: Callable[..., Any]) -> Any:
    """The project's own configuration instead of the global one."""
    conf = cfg.ConfigOpts()
    conf([], project='thing')
    return unix_notifier_factory(conf)
