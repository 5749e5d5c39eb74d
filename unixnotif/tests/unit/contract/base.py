# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Short notation for catalogues, and the base class of the tests.

Rule: a version is its number and its fields. By default, the version is
released and its fields are declared.
"""

from collections.abc import Mapping
from typing import Any

from unixnotif import contract
from unixnotif.contract import catalogues
from unixnotif.tests import base

NAME = 'x:Thing'
Version = tuple[str, catalogues.Schema]


def declared(
    text: str,
    status: str = catalogues.RELEASED,
    enums: Any = None,
    formats: Any = None,
    inherited: Any = None,
    **fields: str,
) -> Version:
    """A version of a payload class."""
    return text, catalogues.Schema(
        status=status,
        declared=fields,
        enums=enums or {},
        formats=formats or {},
        inherited=inherited or {},
    )


def observed(
    text: str, status: str = catalogues.RELEASED, **fields: str
) -> Version:
    """A version observed in notifications."""
    return text, catalogues.Schema(status=status, observed=fields)


def both(
    text: str, declares: dict[str, str], observes: dict[str, str]
) -> Version:
    """A version from two sources."""
    return text, catalogues.Schema(
        status=catalogues.RELEASED, declared=declares, observed=observes
    )


def payload(
    *versions: Version, current: str | None = '', prefix: str = 'x_object'
) -> contract.Catalogue:
    """A catalogue of one payload; by default the last version is current."""
    return payloads({NAME: versions}, current, prefix)


def payloads(
    named: Mapping[str, tuple[Version, ...]],
    current: str | None = '',
    prefix: str = 'x_object',
) -> contract.Catalogue:
    """A catalogue of payloads by name."""
    return contract.Catalogue(
        payloads={
            name: catalogues.Payload(
                prefix,
                versions[-1][0] if current == '' else current,
                dict(versions),
            )
            for name, versions in named.items()
        }
    )


class TestCase(base.TestCase):
    """A test of what a check finds."""

    def report(
        self, before: contract.Catalogue, now: contract.Catalogue
    ) -> contract.Report:
        """The result of a check."""
        return contract.check(now, before)

    def found(
        self,
        before: contract.Catalogue,
        now: contract.Catalogue,
        coverage: bool = False,
        **options: Any,
    ) -> list[str]:
        """Return the rule, severity and place of each finding.

        :param coverage: include the rules of coverage
        """
        report = contract.check(now, before, **options)
        return [
            f'{f.rule} {f.severity} {f.place}'.replace(f' {NAME}', ' ')
            .replace(' .', ' ')
            .replace('  ', ' ')
            .rstrip()
            for f in report.findings
            if coverage or not f.rule.startswith('K')
        ]
