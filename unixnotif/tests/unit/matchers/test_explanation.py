# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Tests of the words for a comparison that failed."""

from typing import Any

from oslotest import base as oslotest_base

from unixnotif.matchers import explanation
from unixnotif.matchers import payloads
from unixnotif.tests.unit.matchers import base

ONE = base.emitted()
OTHER = base.emitted(base.server(uuid='u-2'), priority='ERROR')
ONE_LINE = 'instance.create.end INFO from nova-compute:host1'
OTHER_LINE = 'instance.create.end ERROR from nova-compute:host1'


class ComparisonTest(oslotest_base.BaseTestCase):
    def test_message(self) -> None:
        """The explanation names what differs."""
        mismatch = payloads.HasPayload(uuid='u-2').match(ONE)
        cases: list[tuple[str, Any, Any, list[str]]] = [
            (
                '==',
                ONE,
                OTHER,
                [
                    f'{ONE_LINE} == {OTHER_LINE}',
                    "priority: expected 'ERROR', got 'INFO'",
                    "payload.uuid: expected 'u-2', got 'u-1'",
                ],
            ),
            (
                '==',
                [ONE, ONE, ONE],
                (ONE, OTHER),
                [
                    'the notifications are the same',
                    f'[1]: {ONE_LINE} differs',
                    "  priority: expected 'ERROR', got 'INFO'",
                    "  payload.uuid: expected 'u-2', got 'u-1'",
                    f'[2]: expected nothing, got {ONE_LINE}',
                ],
            ),
            (
                '==',
                [],
                [ONE],
                [
                    'the notifications are the same',
                    f'[0]: expected {ONE_LINE}, got nothing',
                ],
            ),
            ('in', ONE, [OTHER], [f'{ONE_LINE} in', OTHER_LINE]),
            ('in', ONE, [], [f'{ONE_LINE} in']),
            (
                'is',
                mismatch,
                None,
                [
                    'it matches',
                    'nova:InstancePayload 1.10 differs:',
                    "  uuid: expected 'u-2', got 'u-1'",
                ],
            ),
        ]
        for op, left, right, lines in cases:
            self.assertEqual(lines, explanation.explain(op, left, right))

    def test_other_objects(self) -> None:
        """Comparisons of other objects are left to pytest."""
        mismatch = payloads.IsLegacy().match(ONE)
        for op, left, right in (
            ('==', 1, 2),
            ('==', [], [1]),
            ('==', '', ()),
            ('==', [], ()),
            ('==', ONE, 'text'),
            ('==', [ONE], ['text']),
            ('==', [ONE], {'a': ONE}),
            ('!=', ONE, ONE),
            ('in', 'text', [ONE]),
            ('in', ONE, [1]),
            ('in', ONE, {'a': 1}),
            ('is', ONE, OTHER),
            ('is', mismatch, ONE),
            ('is', 'text', None),
        ):
            self.assertIsNone(explanation.explain(op, left, right))
