# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Filters of the command line."""

import argparse

from unixnotif import filter as filters
from unixnotif.cli import criteria
from unixnotif.tests.unit.cli import base


class CriteriaTest(base.TestCase):
    def parse(self, *argv: str) -> filters.Filter:
        parser = argparse.ArgumentParser()
        criteria.add(parser)
        return criteria.parse(parser.parse_args(argv))

    def test_none(self) -> None:
        """Without an option every notification is selected."""
        self.assertEqual(filters.Filter(), self.parse())

    def test_all(self) -> None:
        """Each option is a criterion; a repeated one accepts any value."""
        self.assertEqual(
            filters.Filter(
                event_type=['a', 'b'],
                publisher_id=['p:*'],
                priority=['error'],
                topic=['t'],
                payload_type=['X>=1.8'],
                where={'host': ['h1', 'h2'], 'flavor.vcpus': ['2']},
                exclude=['c'],
                pid=[42],
            ),
            self.parse(
                '--event-type=a',
                '--event-type=b',
                '--publisher=p:*',
                '--priority=error',
                '--topic=t',
                '--payload=X>=1.8',
                '--where=host=h1',
                '--where=flavor.vcpus=2',
                '--where=host=h2',
                '--exclude=c',
                '--pid=42',
            ),
        )

    def test_publisher_id(self) -> None:
        """The options --publisher and --publisher-id are the same."""
        self.assertEqual(
            filters.Filter(publisher_id=['x']),
            self.parse('--publisher-id', 'x'),
        )

    def test_mistakes(self) -> None:
        """Each error shows the value and an example."""
        for argv, text in (
            ('--payload=>', "'>' is not a payload such as \"InstanceP"),
            ('--priority=eror', "there is no priority 'eror'; use one of: a"),
            ('--where=host', "'host' is not FIELD=GLOB, for example"),
            ('--where=a..b=x', "'a..b' is not a path such as"),
            ('--pid=x', "'x' is not a process id"),
            ('--pid=²', "'²' is not a process id"),
        ):
            e = self.assertRaises(SystemExit, self.parse, argv)
            self.assertEqual(2, e.code)
            self.assertIn(text, self.text(self.err))
