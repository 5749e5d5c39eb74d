# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Arguments and options of the contract commands.

Rule: an option has the same name, meaning and help in every command.
"""

import argparse

from unixnotif import contract
from unixnotif import errors
from unixnotif.cli import app
from unixnotif.cli.contract import sources
from unixnotif.contract import rules


def add_catalogue(parser: argparse.ArgumentParser) -> None:
    """Add the argument for the new catalogue."""
    parser.add_argument(
        'catalogue', metavar='CATALOGUE', help='the new catalogue'
    )


def add_against(parser: argparse.ArgumentParser) -> None:
    """Add the option for the baseline."""
    parser.add_argument(
        '--against',
        metavar='BASELINE',
        help='the earlier catalogue: a file, or git:REVISION:PATH, for '
        'example git:origin/master:notifications.json (default: CATALOGUE in '
        'the merge base of HEAD and the target branch, which is the first '
        'existing branch of: origin/$GITHUB_BASE_REF, the branch of '
        '.gitreview, the default branch of the remote)',
    )


def add_unused(parser: argparse.ArgumentParser) -> None:
    """Add the option for enum values that do not count."""
    parser.add_argument(
        '--unused',
        metavar='VALUE',
        action='append',
        default=[],
        help='ignore VALUE in all enums, for example the placeholder '
        '_unused; may be repeated',
    )


def add_severity(parser: argparse.ArgumentParser) -> None:
    """Add the option for the severities of a project."""
    parser.add_argument(
        '--severity',
        metavar='RULE=LEVEL',
        action='append',
        default=[],
        type=app.parsed(_severity),
        help='set the severity of a rule: error, warning, note or off; may be '
        'repeated',
    )


def add_legacy(parser: argparse.ArgumentParser) -> None:
    """Add the option for payloads without a version."""
    parser.add_argument(
        '--legacy',
        choices=('error', 'warning', 'off'),
        default='warning',
        help='severity of removed, retyped and newly optional fields in '
        'legacy payloads, which have no version; off ignores these payloads '
        '(default: %(default)s)',
    )


def add_selection(parser: argparse.ArgumentParser) -> None:
    """Add the options that select rules."""
    for option, text in (
        ('use', 'check only the rules of this category, or this rule'),
        ('except', 'do not check the rules of this category, or this rule'),
    ):
        parser.add_argument(
            f'--{option}',
            metavar='CATEGORY|RULE',
            action='append',
            default=[],
            dest=f'{option}_rules',
            type=app.parsed(_selection),
            help=f'{text}; categories: {", ".join(rules.Category)}; may be '
            'repeated',
        )


def add_rules(parser: argparse.ArgumentParser) -> None:
    """Add the options that check and accept have in common."""
    sources.add_sources(parser, required=False)
    parser.add_argument(
        '--strict-merge',
        action='store_true',
        help='judge a change of a pending version like a change of a released '
        'version (default: report it as a note)',
    )
    parser.add_argument(
        '--require-coverage',
        action='store_true',
        help='report as errors the fields that no test or sample shows',
    )
    add_selection(parser)
    add_legacy(parser)
    add_severity(parser)
    add_unused(parser)


def _selection(text: str) -> str:
    rules.select(text)
    return text


def _severity(text: str) -> tuple[str, contract.Severity]:
    name, _, level = text.partition('=')
    rule = rules.find(name)
    try:
        return rule.id, contract.Severity(level)
    except ValueError:
        raise errors.CatalogueError(
            f'{level!r} is not a severity: use {", ".join(contract.Severity)}'
        ) from None
