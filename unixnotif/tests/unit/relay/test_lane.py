# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0


"""Tests of lanes: order, and accounts that add up whatever the bus does."""

import dataclasses
import itertools
import threading
from typing import Any
import uuid

import amqp
import fixtures
import hypothesis
from hypothesis import strategies as st

from unixnotif import notification
from unixnotif import relay
from unixnotif.relay import lane
from unixnotif.tests import base as support
from unixnotif.tests.unit.relay import base

REFUSED = amqp.PreconditionFailed('refused', (50, 10))


@dataclasses.dataclass(frozen=True)
class Plan:
    """A notification, and what the bus does with it.

    :ivar outages: failed attempts before each message
    :ivar end: the outcome of its last topic
    """

    publisher: int
    topics: tuple[str, ...]
    outages: int
    end: str


class ModelTest(base.TestCase):
    """The bus of oslo.messaging, with accidents before it."""

    def setUp(self) -> None:
        super().setUp()
        for name in ('_FIRST_PAUSE', '_LONGEST_PAUSE'):
            self.useFixture(
                fixtures.MonkeyPatch(f'unixnotif.relay.lane.{name}', 0.0)
            )
        self.bus = relay.Bus(base.URL)
        self.addCleanup(self.bus.close)

    @hypothesis.settings(
        derandomize=True, database=None, deadline=None, max_examples=60
    )
    @hypothesis.given(
        st.lists(
            st.builds(
                Plan,
                st.integers(0, 3),
                st.lists(st.sampled_from(base.TOPICS), max_size=3).map(tuple),
                st.integers(0, 2),
                st.sampled_from(['taken'] * 6 + ['refused', 'hangs']),
            ),
            max_size=30,
        ),
        st.integers(1, 3),
    )
    def test_accounts(self, plans: list[Plan], number: int) -> None:
        """Received = forwarded + refused + not forwarded, each once."""
        accidents = Accidents(self.bus)
        accounts, health = relay.Accounts(), relay.Health()
        lanes = relay.Lanes(
            number, accidents.publish, accounts, health, patience=0.0
        )
        first = len(self.listener.received)
        sent: list[notification.Notification] = []
        dropped = 0
        hangs = any(plan.end == 'hangs' for plan in plans)
        for plan in plans:
            made = accidents.add(plan)
            accounts.receive()
            # A lane that hangs gets full.
            if lanes.put(lane.Item(made), 0.0 if hangs else 60.0):
                sent.append(made)
            else:
                dropped += 1
        lanes.end()
        if hangs:
            lanes.wait(0.05)
            lanes.abandon()
        else:
            self.assertTrue(lanes.wait(60.0))
        totals = accounts.close()
        accidents.release()
        self.assertTrue(lanes.wait(60.0))
        self.assertEqual(len(plans), totals.received)
        self.assertGreaterEqual(totals.not_forwarded, dropped)
        self.assertEqual(totals, accounts.totals())
        taken = [n for n in sent if accidents.plan(n).end == 'taken']
        refused = [n for n in sent if accidents.plan(n).end == 'refused']
        if not hangs:
            self.assertEqual(
                (len(taken), len(refused), 0), (*totals[1:], dropped)
            )
        self.assertLessEqual(totals.forwarded, len(taken))
        self.assertLessEqual(totals.refused, len(refused))
        self.check_bus(first, accidents, None if hangs else sent)

    def check_bus(
        self,
        first: int,
        accidents: 'Accidents',
        sent: list[notification.Notification] | None,
    ) -> None:
        """Compare the bus with the plans."""
        self.listener.wait(first + accidents.published)
        found = [
            (topic, envelope['message_id'])
            for topic, _, envelope in self.listener.received[first:]
        ]
        self.assertEqual(len(set(found)), len(found))
        if sent is None:
            return
        expected = [
            (topic, each.message_id)
            for each in sent
            for topic in accidents.taken_topics(each)
        ]
        self.assertEqual(sorted(expected), sorted(found))
        for publisher, topic in itertools.product(range(4), base.TOPICS):
            ids = [
                each.message_id
                for each in sent
                if each.publisher_id == str(publisher)
            ]
            order = [i for t, i in found if t == topic and i in ids]
            self.assertEqual(sorted(order, key=ids.index), order)


class Accidents:
    """A bus that fails as planned.

    :ivar published: number of messages that it has taken
    """

    def __init__(self, bus: relay.Bus) -> None:
        self._bus = bus
        self._plans: dict[str, Plan] = {}
        self._outages: dict[tuple[str, str], int] = {}
        self._released = threading.Event()
        self._lock = threading.Lock()
        self.published = 0

    def add(self, plan: Plan) -> notification.Notification:
        made = support.new_notification(
            message_id=str(uuid.uuid4()),
            publisher_id=str(plan.publisher),
            topics=plan.topics,
        )
        self._plans[made.message_id] = plan
        return made

    def plan(self, made: notification.Notification) -> Plan:
        return self._plans[made.message_id]

    def _topics(self, made: notification.Notification) -> list[str]:
        return list(dict.fromkeys(made.topics)) or ['notifications']

    def taken_topics(self, made: notification.Notification) -> list[str]:
        topics = self._topics(made)
        return topics if self.plan(made).end == 'taken' else topics[:-1]

    def release(self) -> None:
        self._released.set()

    def publish(self, made: notification.Notification, topic: str) -> None:
        plan = self.plan(made)
        failed = self._outages.get((made.message_id, topic), 0)
        if failed < plan.outages:
            self._outages[made.message_id, topic] = failed + 1
            raise TimeoutError('away')
        if topic == self._topics(made)[-1]:
            if plan.end == 'refused':
                raise REFUSED
            if plan.end == 'hangs':
                self._released.wait(60)
                raise ConnectionError('away')
        self._bus.publish(made, topic)
        with self._lock:
            self.published += 1


class PatienceTest(support.TestCase):
    """Time limits of the relay."""

    def run_lane(self, publish: Any, **changes: Any) -> relay.Accounts:
        """Forward one notification; return the accounts."""
        for name in ('_FIRST_PAUSE', '_LONGEST_PAUSE'):
            self.useFixture(
                fixtures.MonkeyPatch(f'unixnotif.relay.lane.{name}', 0.0)
            )
        accounts = relay.Accounts()
        lanes = relay.Lanes(1, publish, accounts, relay.Health())
        accounts.receive()
        lanes.put(lane.Item(support.new_notification(**changes)), 0.0)
        lanes.end()
        self.assertTrue(lanes.wait(60.0))
        return accounts

    def test_refused(self) -> None:
        """The relay gives up a refused message after ten seconds."""
        clock = self.new_clock()
        attempts = []

        def publish(*_: Any) -> None:
            attempts.append(clock.monotonic())
            clock.advance(3.0)
            raise REFUSED

        accounts = self.run_lane(publish, message_id='the-id')
        self.assertEqual(5, len(attempts))
        self.assertEqual((1, 0, 1), accounts.totals())
        self.assertEqual(
            (
                [
                    'instance.create.end of nova-compute:host1 (message_id '
                    f'the-id): {REFUSED}'
                ],
                0,
            ),
            accounts.take_refusals(),
        )

    def test_long_outage(self) -> None:
        """An outage may last for any time."""
        clock = self.new_clock()
        attempts = []

        def publish(*_: Any) -> None:
            attempts.append(clock.monotonic())
            clock.advance(100.0)
            if len(attempts) < 20:
                raise ConnectionResetError

        self.assertEqual((1, 1, 0), self.run_lane(publish).totals())

    def test_too_many_topics(self) -> None:
        """The relay refuses a notification with too many topics."""
        topics = tuple(map(str, range(lane.MAX_TOPICS + 1)))
        published: list[str] = []
        accounts = self.run_lane(
            lambda _, topic: published.append(topic), topics=topics
        )
        self.assertEqual((1, 0, 1), accounts.totals())
        accounts = self.run_lane(
            lambda _, topic: published.append(topic), topics=topics[1:]
        )
        self.assertEqual((1, 1, 0), accounts.totals())
        self.assertEqual(list(topics[1:]), published)

    def test_strange_publisher(self) -> None:
        """A publisher_id need not be valid text."""
        accounts = self.run_lane(lambda *_: None, publisher_id='\ud800')
        self.assertEqual((1, 1, 0), accounts.totals())
