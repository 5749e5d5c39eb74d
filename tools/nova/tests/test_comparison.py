# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The comparison of two runs of nova's tests.

Rule: each test makes one kind of difference, which the tool must report.
"""

from collections.abc import Callable
import copy
import json
from typing import Any
import uuid

from tools import errors
from tools.nova import comparison
from tools.nova import fidelity
from tools.nova import seen
from tools.nova import suite
from tools.nova.tests import base
from unixnotif import notification
from unixnotif import recording

TEST = base.TEST

#: A test's notifications, each with accidents of its own run.
Run = list[dict[str, Any]]


def run() -> Run:
    """Return a run in which a test creates and deletes a server."""
    server, key = str(uuid.uuid4()), '1f:' * 15 + 'd8'
    constant = '155d900f-4e14-4e4c-a73d-069cbf4541e6'
    created: dict[str, Any] = {
        'kind': 'versioned',
        'publisher_id': 'nova-compute:compute',
        'priority': 'INFO',
        'event_type': 'instance.create.end',
        'payload': {
            'uuid': server,
            'image': constant,
            'links': {f'/servers/{server}': 1},
            'fingerprint': key,
            'launched_at': '2012-10-29T13:42:11Z',
            'reservation_id': f'r-{server[:8]}',
            'flag': True,
            'empty': [],
            'report_count': 0,
        },
    }
    deleted = copy.deepcopy(created)
    deleted.update(event_type='instance.delete.end', kind='legacy')
    deleted['payload'].update(
        _changed_fields=['a', 'b'],
        # The order of identifiers tells nothing.
        block_devices=[
            {'id': str(uuid.uuid4()), 'name': name} for name in 'abcd'
        ],
        list=['a', 'b'],
    )
    deleted['payload']['root'] = deleted['payload']['block_devices'][0]['id']
    gone = copy.deepcopy(created)
    gone.update(event_type='service.delete')
    gone['payload'] = {
        'report_count': 0,
        'last_seen_up': None,
        'forced_down': True,
        'version': 7,
    }
    return [created, deleted, gone]


class ComparingTest(base.NovaToolTest):
    """Two runs of a test."""

    def differences(self, change: Callable[[Run], Any]) -> list[str]:
        """Return the differences after a change of the second run."""
        one, other = run(), run()
        change(other)
        found = comparison.compare({TEST: one}, {TEST: other})
        return [
            ' '.join(
                filter(None, [d.kind, d.event_type, d.path, d.one, d.other])
            )
            for d in found
        ]

    def test_accidents_are_no_difference(self) -> None:
        """Identifiers differ from run to run; so does the order."""
        self.assertEqual([], self.differences(lambda other: None))
        self.assertEqual([], self.differences(list.reverse))

    def test_order_counts_where_there_is_one(self) -> None:
        """Lists without an order may differ in order, others may not."""

        def reorder(name: str) -> Callable[[Run], None]:
            return lambda other: other[1]['payload'][name].reverse()

        for name in ('_changed_fields', 'block_devices'):
            self.assertEqual([], self.differences(reorder(name)))
        self.assertEqual(2, len(self.differences(reorder('list'))))

    def test_every_notification_counts(self) -> None:
        """One too few or too many is reported."""
        (reported,) = self.differences(lambda other: other.pop(1))
        self.assertRegex(
            reported, r'legacy instance.delete.end \{.*\(absent\)'
        )
        (reported,) = self.differences(lambda other: other.append(other[0]))
        self.assertRegex(reported, r'versioned .*create.end \(absent\) \{')

    def test_all_content_counts(self) -> None:
        """Each change is reported, with its path and both values."""

        def in_payload(**values: Any) -> Callable[[Run], None]:
            return lambda other: other[0]['payload'].update(values)

        where = 'versioned instance.create.end'
        table: dict[str, Callable[[Run], Any]] = {
            f'{where} payload/flag true 1': in_payload(flag=1),
            f'{where} payload/flag true "True"': in_payload(flag='True'),
            f'{where} payload/empty [] {{}}': in_payload(empty={}),
            f'{where} payload/empty [] null': in_payload(empty=None),
            f'{where} payload/new (absent) 0': in_payload(new=0),
            f'{where} payload/empty [] (absent)': (
                lambda other: other[0]['payload'].pop('empty')
            ),
            f'{where} priority "INFO" "ERROR"': (
                lambda other: other[0].update(priority='ERROR')
            ),
            # A value that seems to differ in each run, and does not.
            f'{where} payload/launched_at "2012-10-29T13:42:11Z" "<time>Z"': (
                in_payload(launched_at='2013-10-29T13:42:11Z')
            ),
        }
        for expected, change in table.items():
            reported = self.differences(change)
            self.assertEqual([expected], reported)

    def test_kinds_are_not_mixed_up(self) -> None:
        """A versioned notification does not stand for a legacy one."""
        found = self.differences(lambda other: other[0].update(kind='legacy'))
        self.assertEqual(2, len(found))

    def test_identity_counts(self) -> None:
        """Equal identifiers in one run must be equal in the other run."""

        def within(other: Run) -> None:
            other[0]['payload']['uuid'] = str(uuid.uuid4())

        def across(other: Run) -> None:
            text = json.dumps(other[0])
            old = other[0]['payload']['uuid']
            other[0] = json.loads(text.replace(old, str(uuid.uuid4())))

        (reported,) = self.differences(within)
        self.assertIn('payload/uuid "<uuid 1>" "<uuid 3>"', reported)
        found = self.differences(across)
        self.assertTrue(found)
        for reported in found:
            self.assertTrue(reported.startswith('identifier of'), reported)

    def test_timers_are_masked_and_nothing_beside_them(self) -> None:
        """Only the fields that depend on a timer of a service may differ."""

        def report(number: int, **values: Any) -> Callable[[Run], None]:
            return lambda other: other[number]['payload'].update(values)

        seen = {'report_count': 1, 'last_seen_up': '2012-10-29T13:42:11Z'}
        for allowed in (report(2, **seen), report(2, forced_down=False)):
            self.assertEqual([], self.differences(allowed))
        for change in (
            report(2, report_count='1'),
            report(2, report_count=None),
            report(2, last_seen_up=0),
            report(2, forced_down=1),
            report(2, version=8),
            # Not a service.
            report(0, report_count=1),
        ):
            self.assertEqual(1, len(self.differences(change)))

    def test_timers_have_their_events(self) -> None:
        """The fields that may differ depend on the event type."""
        compare = comparison.compare
        one = run()[2]
        for event_type, found in (
            ('service.create', ['forced_down', 'report_count']),
            ('service.update', ['forced_down']),
            ('service.delete', []),
        ):
            one['event_type'] = event_type
            other = copy.deepcopy(one)
            other['payload'].update(report_count=1, forced_down=False)
            self.assertEqual(
                [f'payload/{name}' for name in found],
                [
                    each.path
                    for each in compare({TEST: [one]}, {TEST: [other]})
                ],
            )

    def test_tests_are_not_mixed_up(self) -> None:
        """Notifications of different tests are not mixed."""
        compare = comparison.compare
        one, other = run(), run()
        found = compare({TEST: one}, {TEST: other[:2], 'other': other[2:]})
        self.assertEqual({TEST, 'other'}, {each.test for each in found})


class FidelityTest(base.NovaToolTest):
    """A noted run and a recorded one, from their files."""

    def compare(self, drop: int = 0) -> Any:
        """Compare the runs; drop the first N recorded notifications."""
        notes, recorded = self.scratch / 'notes', self.scratch / 'recorded'
        notes.mkdir()
        recorded.mkdir()
        lines = []
        for by, value in zip(
            ('fixture', 'real', 'fixture'), run(), strict=True
        ):
            if value['kind'] == 'legacy':
                value['context'] = {}
            lines.append({'test': TEST, 'by': by, **value})
        (notes / '1.jsonl').write_text('\n'.join(map(json.dumps, lines)))
        with recording.Writer(str(recorded / '2.jsonl')) as writer:
            writer.write(map(_recorded, run()[drop:]))
        plan = suite.Plan('threading', False, [], 1, 1.0)
        result = suite.Result(
            notes, plan=plan, notes=notes, recording=recorded
        )
        return fidelity.compare(result, result)

    def test_agreement(self) -> None:
        """Notifications that bypass nova's fixture are compared, too."""
        found = self.compare()
        self.assertTrue(found.passed, found.text)
        self.assertEqual(
            "threading: nova's fixture received 2 notifications, and did not "
            'see 1 more; the recording has 3; they agree',
            found.text,
        )

    def test_difference(self) -> None:
        """A difference has the test, the notification and both values."""
        found = self.compare(drop=1)
        self.assertFalse(found.passed)
        self.assertRegex(
            found.text,
            r'(?s)the recording has 2; they differ:\n'
            r'  test_x\.TestX\.test_x\n'
            r'    versioned instance\.create\.end\n'
            r"        nova's fixture: \{.*\n"
            r'        the recording:  \(absent\)$',
        )

    def test_nothing_is_no_agreement(self) -> None:
        """Two runs that have seen nothing prove nothing."""
        place = self.scratch
        plan = suite.Plan('threading', False, [], 1, 1.0)
        result = suite.Result(place, plan=plan, notes=place, recording=place)
        found = fidelity.compare(result, result)
        self.assertFalse(found.passed)

    def test_loss_is_an_error(self) -> None:
        """A recording that says that it is not whole is not compared."""
        with recording.Writer(str(self.scratch / '2.jsonl')) as writer:
            writer.write_lost(notification.Lost(3, {'buffer_full': 3}))
        error = self.assertRaises(
            errors.ToolError,
            seen.recorded,
            self.scratch,
        )
        self.assertIn('lost 3 notifications', str(error))


def _recorded(value: dict[str, Any]) -> recording.Recorded:
    is_versioned = value['kind'] == 'versioned'
    topic = 'versioned_notifications' if is_versioned else 'notifications'
    document = {key: item for key, item in value.items() if key != 'kind'}
    document.update(
        message_id='m', timestamp='now', topics=[topic], context={}
    )
    return recording.Recorded.now(
        notification.Notification.from_document(document), TEST
    )
