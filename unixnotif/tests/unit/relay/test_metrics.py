# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0


"""Tests of the metrics file."""

import collections
import os
import pathlib

import fixtures
from prometheus_client import parser

from unixnotif import relay
from unixnotif.tests import base


class MetricsTest(base.TestCase):
    def test_file(self) -> None:
        """The library of Prometheus reads what the relay writes."""
        path = pathlib.Path(self.useFixture(fixtures.TempDir()).path, 'x.prom')
        accounts, health = relay.Accounts(), relay.Health()
        lost: collections.Counter[str] = collections.Counter()
        metrics = relay.Metrics(
            str(path), 'unix+dir:///x', accounts, health, lost
        )
        metrics.write()
        self.assertEqual(1, self.read(path)['bus_up'])
        for _ in range(5):
            accounts.receive()
        accounts.forward()
        accounts.forward()
        accounts.refuse('', True)
        lost['buffer_full'] += 7
        lost['too_large'] += 1
        health.begin(0)
        health.fail(0, 'gone')
        metrics.write()
        found = self.read(path)
        self.assertLessEqual(0.0, found.pop('seconds_since_success'))
        self.assertEqual(
            {
                'received_total': 5,
                'forwarded_total': 2,
                'refused_total': 1,
                'lost_total buffer_full': 7,
                'lost_total too_large': 1,
                'not_forwarded': 2,
                'bus_up': 0,
            },
            found,
        )
        self.assertEqual([path], list(path.parent.iterdir()))

    def test_pipe(self) -> None:
        """A pipe or a device in the place of the file stays."""
        path = pathlib.Path(self.useFixture(fixtures.TempDir()).path, 'fifo')
        os.mkfifo(path)
        reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        self.addCleanup(os.close, reader)
        relay.Metrics(
            str(path), 'unix+dir:///x', relay.Accounts(), relay.Health(), {}
        ).write()
        self.assertIn(b'unixnotif_relay_bus_up', os.read(reader, 65536))
        self.assertTrue(path.is_fifo())

    def read(self, path: pathlib.Path) -> dict[str, float]:
        found = {}
        for family in parser.text_string_to_metric_families(path.read_text()):
            for sample in family.samples:
                labels = dict(sample.labels)
                self.assertEqual('unix+dir:///x', labels.pop('address'))
                name = sample.name.removeprefix('unixnotif_relay_')
                found[' '.join([name, *labels.values()])] = sample.value
        return found

    def test_no_directory(self) -> None:
        """A file that cannot be written is an error of the system."""
        metrics = relay.Metrics(
            '/nowhere/x.prom', '', relay.Accounts(), relay.Health(), {}
        )
        self.assertRaises(OSError, metrics.write)
