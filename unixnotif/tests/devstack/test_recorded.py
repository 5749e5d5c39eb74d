# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The tests of the cloud on a recording, and on damaged recordings.

Rule: a real nova made the recording. Each check must pass for it, and must
fail with a helpful message for a damaged copy.
"""

from collections.abc import Callable
import copy
import dataclasses
import functools
import re
from typing import Any

from oslotest import base as oslotest

from unixnotif import contract
from unixnotif import matchers
from unixnotif import notification
from unixnotif import recording
from unixnotif.tests.devstack import base
from unixnotif.tests.devstack import capturing
from unixnotif.tests.devstack import checking
from unixnotif.tests.devstack import lifecycle

RECORDING = base.SAMPLES / 'lifecycle.jsonl'

Lines = list[recording.Recorded | notification.Lost]
Change = Callable[[Lines], Lines]


def story_of(capture: capturing.Capture) -> lifecycle.Story:
    """Return the story of a capture, found by the names of its objects."""
    [made] = capture.find('keypair.create.end')
    name = made.payload['nova_object.data']['name']
    servers = [
        capture.find(
            'instance.delete.end',
            payload=matchers.HasPayload(display_name=f'{name}-{suffix}'),
        )[0].payload['nova_object.data']['uuid']
        for suffix in ('lives', 'nowhere')
    ]
    return lifecycle.Story(name, *servers)


@functools.cache
def lines() -> Lines:
    """Return the lines of the recording; do not change the list."""
    return list(recording.read(str(RECORDING)))


class RecordedTest(base.LifecycleTests, oslotest.BaseTestCase):
    """The recording meets the requirements for a capture of a cloud."""

    def setUp(self) -> None:
        super().setUp()
        self.capture = capturing.read(str(RECORDING))
        self.story = story_of(self.capture)
        self.catalogue = contract.read(str(base.CATALOGUE))

    def test_everything_is_there(self) -> None:
        """The recording has everything that a cloud test waits for."""
        checking.all_is_there(self.capture, self.story)

    def test_payloads_are_as_recorded(self) -> None:
        """Every payload matches the catalogue, which is from the same nova."""
        matcher = matchers.MatchesCatalogue(self.catalogue)
        for each in self.capture:
            self.assertThat(each, matcher)

    def test_it_is_small_and_of_nowhere(self) -> None:
        """The recording is small, and has no path of a machine."""
        text = RECORDING.read_text()
        self.assertLess(len(text), 300_000)
        self.assertEqual([], re.findall('/(?:tmp|home|root)/[^"]*', text))


def without(*event_types: str) -> Change:
    """Return a change that removes all notifications of these types."""
    wanted = matchers.MatchesNotification(event_types)
    return lambda lines: [
        line
        for line in lines
        if isinstance(line, notification.Lost)
        or wanted.match(line.notification) is not None
    ]


def swapped(first: str, second: str) -> Change:
    """Return a change that exchanges two notifications."""

    def change(lines: Lines) -> Lines:
        at = [_position(lines, event_type) for event_type in (first, second)]
        changed = list(lines)
        changed[at[0]], changed[at[1]] = lines[at[1]], lines[at[0]]
        return changed

    return change


def edited(event_type: str, edit: Callable[[Any], object]) -> Change:
    """Return a change that edits the document of a notification."""

    def change(lines: Lines) -> Lines:
        at = _position(lines, event_type)
        line = lines[at]
        assert isinstance(line, recording.Recorded)
        document = copy.deepcopy(line.notification.document)
        edit(document)
        changed = dataclasses.replace(
            line,
            notification=notification.Notification.from_document(document),
        )
        return [*lines[:at], changed, *lines[at + 1 :]]

    return change


def versioned(event_type: str, version: str, *path: str) -> Change:
    """Return a change of the version of a payload, or of a nested object."""

    def edit(document: Any) -> None:
        payload = document['payload']
        for name in path:
            payload = payload['nova_object.data'][name]
        payload['nova_object.version'] = version

    return edited(event_type, edit)


def _position(lines: Lines, event_type: str) -> int:
    for position, line in enumerate(lines):
        if (
            isinstance(line, recording.Recorded)
            and line.notification.event_type == event_type
        ):
            return position
    raise LookupError(event_type)


@dataclasses.dataclass(frozen=True)
class Spoilt:
    """A damaged recording that must not pass.

    :ivar change: damages the recording
    :ivar check: the check that must fail
    :ivar says: parts of the message of the failure
    """

    change: Change
    check: checking.Check
    says: tuple[str, ...]


CREATED = 'instance.create.end'
SPOILT = {
    # At most service.create and service.delete of the process are left.
    'no API': Spoilt(
        without('keypair.*', 'flavor.*', 'instance.delete.*'),
        checking.every_process_emits,
        ("'keypair.*', publisher_id='nova-api:*'", 'near miss: '),
    ),
    'no scheduler': Spoilt(
        without('scheduler.*'),
        checking.every_process_emits,
        ("publisher_id='nova-scheduler:*'",),
    ),
    'no conductor': Spoilt(
        without('compute_task.*'),
        checking.every_process_emits,
        ("'compute_task.*', publisher_id='nova-conductor:*'",),
    ),
    'no compute': Spoilt(
        without('instance.*'),
        checking.every_process_emits,
        ("publisher_id='nova-compute:*'",),
    ),
    'a conductor that is not configured': Spoilt(
        edited(
            'compute_task.build_instances.error',
            lambda document: document.update(topics=['notifications']),
        ),
        checking.every_process_emits,
        ("got ('notifications',)",),
    ),
    'an end before its start': Spoilt(
        swapped('instance.reboot.start', 'instance.reboot.end'),
        checking.starts_before_ends,
        ('the start of the action has not come', 'instance.reboot.end of'),
    ),
    'an end before its start, step by step': Spoilt(
        swapped('instance.reboot.start', 'instance.reboot.end'),
        checking.steps_are_in_order,
        ('6 in this order; 3 arrived; the next', "'instance.reboot.end'"),
    ),
    'a start that is missing': Spoilt(
        without('instance.shutdown.start'),
        checking.starts_before_ends,
        ('instance.shutdown.end of server',),
    ),
    'a line that is missing': Spoilt(
        without(CREATED),
        checking.steps_are_in_order,
        ('6 in this order; 1 arrived; the next', f"'{CREATED}'"),
    ),
    'a loss': Spoilt(
        lambda lines: [*lines, notification.Lost(3, {'buffer_full': 3})],
        checking.nothing_is_lost,
        ("the capture missed 3, by reason: {'buffer_full': 3}",),
    ),
    'another major version': Spoilt(
        versioned(CREATED, '2.0'),
        checking.versions_are_compatible,
        ('InstanceCreatePayload: 2.0 is not compatible with 1.13',),
    ),
    'an older version': Spoilt(
        versioned(CREATED, '1.12'),
        checking.versions_are_compatible,
        ('InstanceCreatePayload: 1.12 is older than 1.13',),
    ),
    'no version': Spoilt(
        versioned(CREATED, 'one'),
        checking.versions_are_compatible,
        ("InstanceCreatePayload: 'one' is not a version",),
    ),
    'another major version inside': Spoilt(
        versioned(CREATED, '2.0', 'flavor'),
        checking.versions_are_compatible,
        ('nova:FlavorPayload: 2.0 is not compatible with 1.4',),
    ),
    'a field that nobody declared': Spoilt(
        edited(
            CREATED,
            lambda document: document['payload']['nova_object.data'].update(
                color='blue'
            ),
        ),
        checking.contract_holds,
        ('nova:InstanceCreatePayload', 'color'),
    ),
    'a field of another type': Spoilt(
        edited(
            CREATED,
            lambda document: document['payload']['nova_object.data'].update(
                uuid=7
            ),
        ),
        checking.contract_holds,
        ('nova:InstanceCreatePayload', 'uuid'),
    ),
    'nothing at all': Spoilt(
        lambda lines: [], checking.contract_holds, ('no notification is',)
    ),
}


class SpoiltTest(oslotest.BaseTestCase):
    """Each check fails for a damaged recording."""

    def test_a_spoilt_recording_fails(self) -> None:
        """The right check fails, with a message that names the damage."""
        story = story_of(capturing.Capture(lines()))
        catalogue = contract.read(str(base.CATALOGUE))
        for name, spoilt in SPOILT.items():
            capture = capturing.Capture(spoilt.change(lines()))
            try:
                spoilt.check(capture, story, catalogue)
            except AssertionError as e:
                for part in spoilt.says:
                    self.assertIn(part, str(e), f'{name}:\n{e}')
            else:
                self.fail(f'{name} passes {spoilt.check.__name__}')

    def test_newer_minor_versions_pass(self) -> None:
        """A cloud may be newer than the catalogue."""
        story = story_of(capturing.Capture(lines()))
        catalogue = contract.read(str(base.CATALOGUE))
        newer = versioned(CREATED, '1.14')
        added = edited(
            CREATED,
            lambda document: document['payload']['nova_object.data'].update(
                color='blue'
            ),
        )
        capture = capturing.Capture(newer(added(lines())))
        checking.versions_are_compatible(capture, story, catalogue)
        checking.contract_holds(capture, story, catalogue)
