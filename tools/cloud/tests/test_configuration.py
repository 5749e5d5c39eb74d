# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Configuration files, as the DevStack plugin leaves them."""

from pathlib import Path

from oslo_config import cfg

from tools import errors
from tools.cloud import checks
from tools.cloud.tests import base


def option(path: Path, group: str, name: str) -> list[str]:
    """Return the values of an option, as a service reads them."""
    conf = cfg.ConfigOpts()
    conf.register_opt(cfg.MultiStrOpt(name, default=[]), group=group)
    conf([], project='nova', default_config_files=[str(path)])
    values: list[str] = conf[group][name]
    return values


class ConfigurationTest(base.CloudTest):
    def test_every_file_emits(self) -> None:
        """nova, its cell, its compute service, keystone and glance."""
        self.configure()
        where = self.where
        for path in (
            *where.nova_files, where.keystone_conf, where.glance_conf,
        ):  # fmt: skip
            group = 'oslo_messaging_notifications'
            self.assertEqual(['unix'], option(path, group, 'driver'))
            self.assertEqual(
                [where.uri],
                option(path, 'oslo_messaging_unix', 'socket_uri'),
            )
        for path in where.nova_files:
            self.assertEqual(
                ['versioned'],
                option(path, 'notifications', 'notification_format'),
            )
        checks.check(where)

    def test_another_driver(self) -> None:
        """Other drivers of nova use the bus of notifications."""
        self.configure(UNIXNOTIF_DRIVERS='unix,messagingv2')
        for path in self.where.nova_files:
            group = 'oslo_messaging_notifications'
            self.assertEqual(
                ['unix', 'messagingv2'], option(path, group, 'driver')
            )
            self.assertEqual(
                [self.where.rabbit('notifications')],
                option(path, group, 'transport_url'),
            )

    def test_compute(self) -> None:
        """nova-compute has no database, and the bus of its cell."""
        self.configure()
        compute = self.where.nova_files[2]
        self.assertEqual([], option(compute, 'database', 'connection'))
        self.assertEqual([], option(compute, 'api_database', 'connection'))
        self.assertEqual(
            [self.where.rabbit('nova_cell1')],
            option(compute, 'DEFAULT', 'transport_url'),
        )

    def test_a_refusal_of_the_plugin(self) -> None:
        """The error has what the plugin says."""
        error = self.assertRaises(
            errors.ToolError, self.configure, UNIXNOTIF_DRIVERS='log'
        )
        self.assertIn('UNIXNOTIF_DRIVERS=log has no unix', str(error))
