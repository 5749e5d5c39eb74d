# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Requirements for the capture of a server's life.

Rule: one function a fact, the same for a cloud's capture and for a recording;
each raises AssertionError with what a person needs to know.
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

# By what each kind of process shows that it emits. Not service.*, nor
# instance.update: their publisher_id names the service that they tell of,
# and the process that wrote the change to the database emits them.
PROOFS = {
    'nova-api': 'keypair.*',
    'nova-scheduler': 'scheduler.select_destinations.*',
    'nova-conductor': 'compute_task.*',
    'nova-compute': 'instance.create.*',
}


def _from(
    kind: str, event_type: str, **fields: str
) -> matchers.MatchesNotification:
    """A versioned notification of a kind of process, by its payload."""
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
    """Yield the required events, in the order of each process."""
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
    # Placement knows of no host: the scheduler does not even begin.
    yield [
        _from(
            'nova-conductor',
            'compute_task.build_instances.error',
            instance_uuid=story.unplaceable,
        )
    ]


def all_is_there(capture: capturing.Capture, story: lifecycle.Story) -> None:
    """Everything that the story makes nova emit has come, in any order."""
    for sequence in _sequences(story):
        for wanted in sequence:
            capture.expect(wanted)


def every_process_emits(
    capture: capturing.Capture,
    story: lifecycle.Story,
    catalogue: contract.Catalogue,
) -> None:
    """There is a versioned notification of each kind of nova process."""
    for kind, event_type in PROOFS.items():
        capture.expect(_from(kind, event_type))


def steps_are_in_order(
    capture: capturing.Capture,
    story: lifecycle.Story,
    catalogue: contract.Catalogue,
) -> None:
    """The events of the keypair and of each server are in order."""
    for sequence in _sequences(story):
        capture.assert_sequence(sequence)


def starts_before_ends(
    capture: capturing.Capture,
    story: lifecycle.Story,
    catalogue: contract.Catalogue,
) -> None:
    """Each action on a server started before it ended.

    Only of the servers of the story: of another one, the start may have been
    before the capture's.
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
    """A consumer that was written for the catalogue reads every payload."""
    wrong = []
    seen = contract.observe(capture.find(topic=TOPIC))
    for name, found in sorted(seen.payloads.items()):
        known = catalogue.payloads.get(name)
        if known is None or known.current is None:
            # Nobody was written for it yet.
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
    """No rule of the payload contract is broken, in the whole capture."""
    found = matchers.ContractHolds(catalogue).match(capture.notifications)
    if found is not None:
        raise AssertionError(found.describe())


def nothing_is_lost(
    capture: capturing.Capture,
    story: lifecycle.Story,
    catalogue: contract.Catalogue,
) -> None:
    """The capture was never too slow, and no driver had to drop."""
    if capture.lost_reasons:
        count = sum(capture.lost_reasons.values())
        raise AssertionError(
            f'the capture missed {count}, by reason: '
            f'{dict(capture.lost_reasons)}'
        )
