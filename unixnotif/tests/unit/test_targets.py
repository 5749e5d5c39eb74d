# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Targets: matching, and names of groups."""

import json
from typing import Any

import hypothesis
from hypothesis import strategies as st

from unixnotif import rendezvous
from unixnotif import targets
from unixnotif.tests import base

_TOPICS = ('notifications', 'versioned_notifications', '', '../x', '\ud800')
_EXCHANGES = (None, 'nova', 'cinder')
_PRIORITIES = ('info', 'error')

_target = st.builds(
    targets.Target,
    st.sampled_from(_TOPICS),
    st.sampled_from(_EXCHANGES),
    st.sampled_from(_PRIORITIES),
)
_wanted = st.lists(_target, max_size=8)
_document = st.tuples(
    st.lists(st.sampled_from(_TOPICS), max_size=4),
    st.sampled_from(_EXCHANGES),
    st.sampled_from(('INFO', 'ERROR', 'WARN', 'info')),
)
_pools = st.none() | st.text(max_size=100)


def wanted(*given: Any) -> targets.Targets:
    return targets.Targets(targets.Target(*each) for each in given)


class MatchingTest(base.TestCase):
    def test_exchange(self) -> None:
        """A target without an exchange matches every exchange."""
        any_exchange = wanted(('n', None, 'info'))
        nova = wanted(('n', 'nova', 'info'))
        for exchange in 'nova', 'cinder', None:
            self.assertEqual(
                'n', any_exchange.topic_of(['n'], exchange, 'INFO')
            )
            self.assertEqual(
                'n' if exchange == 'nova' else None,
                nova.topic_of(['n'], exchange, 'INFO'),
            )

    def test_priority(self) -> None:
        """The priority is compared in lower case."""
        both = wanted(('n', None, 'info'), ('n', None, 'warn'))
        for priority in 'INFO', 'info', 'WARN':
            self.assertEqual('n', both.topic_of(['n'], None, priority))
        for priority in 'WARNING', 'ERROR', '':
            self.assertIsNone(both.topic_of(['n'], None, priority))

    def test_first_wanted_topic(self) -> None:
        """A notification arrives through its first wanted topic."""
        some = wanted(('b', None, 'info'), ('c', None, 'info'))

        self.assertEqual('c', some.topic_of(('a', 'c', 'b'), 'nova', 'INFO'))
        self.assertIsNone(some.topic_of((), 'nova', 'INFO'))

    @base.fuzz
    @hypothesis.given(_wanted, _document)
    def test_any_targets(
        self,
        given: list[targets.Target],
        document: tuple[list[str], str | None, str],
    ) -> None:
        """A topic is found if and only if one target matches."""
        topics, exchange, priority = document
        expected = next(
            (
                topic
                for topic in topics
                for each in given
                if each.topic == topic
                and each.exchange in (None, exchange)
                and each.priority == priority.lower()
            ),
            None,
        )

        found = targets.Targets(given).topic_of(*document)

        self.assertEqual(expected, found)
        if found is not None:
            self.assertIn(found, targets.Targets(given).topics)


class GroupTest(base.TestCase):
    @base.fuzz
    @hypothesis.given(_wanted, _pools, st.randoms())
    def test_name(
        self, given: list[targets.Target], pool: str | None, random: Any
    ) -> None:
        """Every name is legal, whatever the order of the targets."""
        some = targets.Targets(given)
        shuffled = given * 2
        random.shuffle(shuffled)
        others = targets.Targets(shuffled)

        names = [some.group(topic, pool) for topic in some.topics]

        for name in names:
            rendezvous.check_group(name)
        self.assertEqual(len(names), len(set(names)))
        self.assertEqual(some.topics, others.topics)
        self.assertEqual(
            names, [others.group(topic, pool) for topic in some.topics]
        )

    def test_readable(self) -> None:
        """The name begins with the pool, or with the topic."""
        some = wanted(('notifications', None, 'info'))
        for pool, start in (
            (None, 'notifications-'),
            ('agents', 'agents-'),
            ('_my agents/2', 'my-agents-2-'),
            ('x' * 200, 'x' * 40 + '-'),
        ):
            self.assertTrue(
                some.group('notifications', pool).startswith(start)
            )

    def test_different(self) -> None:
        """Listeners that want something else are in another group."""
        names = [
            wanted(*given).group('n', pool)
            for pool, *given in (
                (None, ('n', None, 'info')),
                ('n', ('n', None, 'info')),
                ('', ('n', None, 'info')),
                (None, ('n', None, 'error')),
                (None, ('n', None, 'info'), ('n', None, 'error')),
                (None, ('n', '', 'info')),
                (None, ('n', 'nova', 'info')),
                (None, ('n', 'nova', 'info'), ('n', 'cinder', 'info')),
            )
        ]

        self.assertEqual(len(names), len(set(names)))

    def test_same(self) -> None:
        """Listeners that want the same of a topic are in the same group."""
        name = wanted(('n', None, 'info')).group('n')

        # Another topic has a group of its own.
        self.assertEqual(
            name,
            wanted(('n', None, 'info'), ('m', None, 'info')).group('n'),
        )
        # Any exchange includes this one.
        self.assertEqual(
            name,
            wanted(('n', None, 'info'), ('n', 'nova', 'info')).group('n'),
        )

    def test_two_workers(self) -> None:
        """Processes with different hash seeds agree on the names."""
        code = (
            'import json\n'
            'from unixnotif import targets\n'
            'given = [targets.Target(t, e, p) for t in ("a", "b") '
            'for e in ("nova", "cinder", "glance") '
            'for p in {"info", "error", "audit", "sample"}]\n'
            'some = targets.Targets(set(given))\n'
            'print(json.dumps([some.group(t, "p") for t in some.topics]))\n'
        )
        found = []
        for seed in '1', '2', '3':
            done = base.run_python(
                code, prefix=('env', f'PYTHONHASHSEED={seed}')
            )
            found.append(json.loads(done.stdout))

        self.assertEqual(2, len(found[0]))
        self.assertEqual([found[0]] * 3, found)
