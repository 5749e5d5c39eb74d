# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Descriptions of the rules, for the commands and the reference.

Rule: everything comes from the rules themselves.
"""

import textwrap

from unixnotif.contract import rules
from unixnotif.contract.rules.registry import Rule

_FAMILIES = (
    ('V', 'Versions', 'The version rises if and only if the payload changes.'),
    ('C', 'Fields', 'A minor version only adds fields.'),
    (
        'M',
        'Major versions',
        'A major version announces a break.',
    ),
    ('E', 'Events', 'Consumers select notifications by event_type.'),
    ('N', 'Nested payloads', 'Nested payloads have versions of their own.'),
    (
        'L',
        'Legacy payloads',
        'Legacy payloads have no version. The check compares their observed '
        'fields.',
    ),
    ('K', 'Coverage', 'Declared and observed schemas agree.'),
)


def table() -> str:
    """Return a table with a line for each rule."""
    width = max(len(rule.slug) for rule in rules.ALL)
    return ''.join(
        f'{rule.id}  {rule.slug:<{width}}  {rule.severity:<7}  '
        f'{" ".join(rule.categories)}\n'
        for rule in rules.ALL
    )


def explain(rule: Rule) -> str:
    """Return the explanation of a rule, for somebody who broke it."""
    parts = (('what', rule.what), ('why', rule.why), ('fix', rule.fix))
    text = ''.join(
        textwrap.fill(f'{name + ":":<6}{part}', 72, subsequent_indent=' ' * 6)
        + '\n'
        for name, part in parts
    )
    categories = ', '.join(rule.categories)
    head = f'{rule.id} {rule.slug} ({rule.severity}; {categories})'
    return f'{head}\n\n{text}'


def as_rst() -> str:
    """Return the page of the reference."""
    lines = ['Categories', '=' * 10, '']
    for category in rules.Category:
        lines += [f'``{category}``', f'   {category.meaning}', '']
    for letter, title, motto in _FAMILIES:
        lines += [title, '=' * len(title), '', motto, '']
        for rule in rules.ALL:
            if rule.id.startswith(letter):
                lines += _section(rule)
    return '\n'.join(lines)


def _section(rule: Rule) -> list[str]:
    title = f'{rule.id} {rule.slug}'
    categories = ', '.join(rule.categories)
    lines = [
        title,
        '-' * len(title),
        '',
        f'Default: {rule.severity}. Categories: {categories}.',
        '',
    ]
    for part in (rule.what, f'*Why:* {rule.why}', f'*Fix:* {rule.fix}'):
        lines += [*textwrap.wrap(part, 78, break_on_hyphens=False), '']
    return lines
