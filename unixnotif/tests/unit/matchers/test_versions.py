# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Tests of the matchers for versions."""

from typing import ClassVar

import hypothesis
from hypothesis import strategies
from oslotest import base as oslotest_base

from unixnotif.matchers import versions
from unixnotif.tests import base as testing
from unixnotif.tests.unit.matchers import base

HasVersion, Compatible = versions.HasVersion, versions.Compatible

parts = strategies.integers(0, 30)


class HasVersionTest(base.MatcherInterface, oslotest_base.BaseTestCase):
    matches: ClassVar = [
        (HasVersion('1.2'), '1.2'),
        (HasVersion('1.2'), '1.2.0'),
        (HasVersion('==1.2.0'), '1.2'),
        (HasVersion('1.2.3'), '1.2.3'),
        (HasVersion('!=1.2'), '1.3'),
        (HasVersion('>1.9'), '1.10'),
        (HasVersion('<=1.9'), '1.9'),
        (HasVersion('>=1.0,<2'), '1.0'),
        (HasVersion('>=1.0,<2'), '1.99'),
        (HasVersion(' >= 1.0 , < 2.0 '), '1.5'),
        (HasVersion('>2'), '2.1'),
    ]
    mismatches: ClassVar = [
        (HasVersion('1.2'), '1.20', 'expected 1.2, got 1.20'),
        (HasVersion('>=1.0,<2'), '2.0', 'expected >=1.0,<2, got 2.0'),
        (HasVersion('>=1.0,<2'), '0.9', 'expected >=1.0,<2, got 0.9'),
        (HasVersion('>2'), '2.0', 'expected >2, got 2.0'),
        (HasVersion('<1.9'), '1.10', 'expected <1.9, got 1.10'),
        (HasVersion('1.2'), '1', '\'1\' is not a version such as "1.2"'),
        (HasVersion('1.2'), 1.2, '1.2 is not a version such as "1.2"'),
        (HasVersion('!=1.2'), None, 'None is not a version such as "1.2"'),
    ]
    written: ClassVar = [(HasVersion('>=1.0,<2'), "HasVersion('>=1.0,<2')")]
    refused: ClassVar = [
        (
            lambda spec=spec: HasVersion(spec),
            ValueError,
            f'{spec!r} is not a version such as "1.2" or ">=1.0,<2"',
        )
        for spec in ('', 'one', '1.x', '>=', '>=1.0,', '~1.0', '1.2.3.4', '.')
    ]

    @testing.fuzz
    @hypothesis.given(parts, parts, parts, parts)
    def test_numbers(self, a: int, b: int, c: int, d: int) -> None:
        """Versions are ordered as pairs of integers are."""
        for spec, expected in (
            ('>=', (a, b) >= (c, d)),
            ('<', (a, b) < (c, d)),
            ('', (a, b) == (c, d)),
        ):
            mismatch = HasVersion(f'{spec}{c}.{d}').match(f'{a}.{b}')
            self.assertEqual(expected, mismatch is None)


class CompatibleTest(base.MatcherInterface, oslotest_base.BaseTestCase):
    matches: ClassVar = [
        (Compatible('1.3'), '1.3'),
        (Compatible('1.3'), '1.3.1'),
        (Compatible('1.9'), '1.10'),
    ]
    mismatches: ClassVar = [
        (Compatible('1.3'), '1.2', '1.2 is older than 1.3'),
        (Compatible('1.10'), '1.9', '1.9 is older than 1.10'),
        (
            Compatible('1.3'),
            '2.3',
            '2.3 is not compatible with 1.3: another major version',
        ),
        (
            Compatible('2.0'),
            '1.9',
            '1.9 is not compatible with 2.0: another major version',
        ),
        (Compatible('1.0'), 'x', '\'x\' is not a version such as "1.2"'),
    ]
    written: ClassVar = [(Compatible('1.3'), "Compatible('1.3')")]
    refused: ClassVar = [
        (
            lambda version=version: Compatible(version),
            ValueError,
            f'{version!r} is not a version such as "1.3"',
        )
        for version in ('', '1', '>=1.0')
    ]
