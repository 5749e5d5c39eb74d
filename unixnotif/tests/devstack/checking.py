# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Checks of a capture of a server's life.

Rule: one function checks one fact, for a cloud's capture and for a recording.
Each raises AssertionError with all details of the failure.
"""

from collections.abc import Callable
from collections.abc import Iterator

from unixnotif import contract
from unixnotif import matchers
from unixnotif import notification
from unixnotif.tests.devstack import capturing
from unixnotif.tests.devstack import lifecycle

Check = Callable[
    [capturing.Capture, lifecycle.Story, contract.Catalogue], None
]

TOPIC = 'versioned_notifications'

# An event type that proves that each kind of process emits. service.* and
# instance.update prove nothing: their publisher_id names the service in the
# payload, but the process that writes to the database emits them.
PROOFS = {
    'nova-api': 'keypair.*',
    'nova-scheduler': 'scheduler.select_destinations.*',
    'nova-conductor': 'compute_task.*',
    'nova-compute': 'instance.create.*',
}


def _from(
    kind: str, event_type: str, **fields: str
) -> matchers.MatchesNotification:
    """Return a matcher for a versioned notification of a kind of process."""
    return matchers.MatchesNotification(
        event_type,
        publisher_id=f'{kind}:*',
        topic=TOPIC,
        payload=matchers.HasFields(fields)
        if fields
        else matchers.IsVersioned('nova_object'),
    )


def _sequences(
    story: lifecycle.Story,
) -> Iterator[list[matchers.MatchesNotification]]:
    """Yield the expected notifications of each process, in order."""
    for verb in ('create', 'delete'):
        yield [
            _from('nova-api', f'keypair.{verb}.{phase}', name=story.keypair)
            for phase in ('start', 'end')
        ]
    yield [
        _from(
            'nova-scheduler',
            f'scheduler.select_destinations.{phase}',
            instance_uuid=story.server,
        )
        for phase in ('start', 'end')
    ]
    yield [
        _from('nova-compute', f'instance.{verb}.{phase}', uuid=story.server)
        for verb in ('create', 'reboot', 'delete')
        for phase in ('start', 'end')
    ]
    # Placement has no host, so the scheduler does not even start.
    yield [
        _from(
            'nova-conductor',
            'compute_task.build_instances.error',
            instance_uuid=story.unplaceable,
        )
    ]


def all_is_there(capture: capturing.Capture, story: lifecycle.Story) -> None:
    """Assert that all notifications of the story have arrived."""
    for sequence in _sequences(story):
        for wanted in sequence:
            capture.expect(wanted)


def every_process_emits(
    capture: capturing.Capture,
    story: lifecycle.Story,
    catalogue: contract.Catalogue,
) -> None:
    """Assert that each kind of nova process has emitted."""
    for kind, event_type in PROOFS.items():
        capture.expect(_from(kind, event_type))


def steps_are_in_order(
    capture: capturing.Capture,
    story: lifecycle.Story,
    catalogue: contract.Catalogue,
) -> None:
    """Assert that the steps of the keypair and each server are in order."""
    for sequence in _sequences(story):
        capture.assert_sequence(sequence)


def starts_before_ends(
    capture: capturing.Capture,
    story: lifecycle.Story,
    catalogue: contract.Catalogue,
) -> None:
    """Assert that each action on a server starts before it ends.

    The check ignores other servers: their actions may have started before the
    capture did.
    """
    started: set[tuple[str, str]] = set()
    wrong = []
    for each in capture.find(topic=TOPIC):
        action, _, phase = each.event_type.rpartition('.')
        server = _server(each)
        if server not in (story.server, story.unplaceable):
            continue
        if phase == 'start':
            started.add((server, action))
        elif phase == 'end' and (server, action) not in started:
            wrong.append(f'{each.event_type} of server {server} has no start')
        elif phase == 'end':
            started.remove((server, action))
    if wrong:
        raise AssertionError(
            'before these events, the start of the action has not come:\n  '
            + '\n  '.join(wrong)
        )


def _server(received: notification.Notification) -> str | None:
    payload = received.versioned
    if payload is None:
        return None
    found = payload.data.get('uuid') or payload.data.get('instance_uuid')
    return found if isinstance(found, str) else None


def versions_are_compatible(
    capture: capturing.Capture,
    story: lifecycle.Story,
    catalogue: contract.Catalogue,
) -> None:
    """Assert that a consumer of the catalogue can read every payload."""
    wrong = []
    seen = contract.observe(capture.find(topic=TOPIC))
    for name, found in sorted(seen.payloads.items()):
        known = catalogue.payloads.get(name)
        if known is None or known.current is None:
            # No consumer knows this payload yet.
            continue
        wanted = matchers.Compatible(known.current)
        for version in found.versions:
            mismatch = wanted.match(version)
            if mismatch is not None:
                wrong.append(f'{name}: {mismatch.describe()}')
    if wrong:
        raise AssertionError(
            'versions that the catalogue does not allow for:\n  '
            + '\n  '.join(wrong)
        )


def contract_holds(
    capture: capturing.Capture,
    story: lifecycle.Story,
    catalogue: contract.Catalogue,
) -> None:
    """Assert that the whole capture follows the payload contract."""
    found = matchers.ContractHolds(catalogue).match(capture.notifications)
    if found is not None:
        raise AssertionError(found.describe())


def nothing_is_lost(
    capture: capturing.Capture,
    story: lifecycle.Story,
    catalogue: contract.Catalogue,
) -> None:
    """Assert that the capture has lost no notification."""
    if capture.lost_reasons:
        count = sum(capture.lost_reasons.values())
        raise AssertionError(
            f'the capture missed {count}, by reason: '
            f'{dict(capture.lost_reasons)}'
        )
