# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The notes beside nova's own fixture, and the report on three sources.

Rule: the observed fixture is a stand-in with the lists that nova's has; the
Notifier is a real one.
"""

from collections.abc import Callable
import importlib
import json
import types
from typing import Any
from typing import NamedTuple
import unittest

import fixtures
from oslo_config import cfg
import oslo_messaging

from tools import workdirs
from tools.nova import contract as nova_contract
from tools.nova import report
from tools.nova.tests import base
from unixnotif import contract
from unixnotif.contract import allowlist
from unixnotif.contract import catalogues
from unixnotif.fixtures import notifier as notifiers


class _Message(NamedTuple):
    event_type: str
    payload: Any
    context: Any


class _Context:
    """A request's context, with a secret."""

    def __init__(self, token: str | None = 'secret') -> None:
        self._token = token

    def redacted_copy(self) -> '_Context':
        return _Context(None)

    def to_dict(self) -> dict[str, Any]:
        return {'auth_token': self._token}


class _Fake:
    """A fixture with the lists that nova's has."""

    def __init__(self, test: unittest.TestCase) -> None:
        self.addCleanup = test.addCleanup

    def setUp(self) -> None:
        self.fake_notifier = types.SimpleNamespace(notifications=[])
        self.fake_versioned_notifier = types.SimpleNamespace(
            versioned_notifications=[]
        )


class ObservingTest(base.NovaToolTest):
    """Observation of nova's own fixture."""

    def setUp(self) -> None:
        super().setUp()
        # The hook replaces this method for ever; restore it after the test.
        name = 'oslo_messaging.notify.notifier.Notifier._notify'
        self.useFixture(
            fixtures.MonkeyPatch(name, oslo_messaging.Notifier._notify)
        )
        hook = str(workdirs.CHECKOUT / 'tools' / 'nova' / 'hook')
        self.useFixture(fixtures.PythonPathEntry(hook))
        self.useFixture(
            fixtures.EnvironmentVariable(
                'UNIXNOTIF_NOVA_NOTES', str(self.scratch)
            )
        )
        self.observer = importlib.import_module('observer')
        self.replaced = self.observer.replacement(_Fake)

    def observe(self, emit: Callable[[Any], None]) -> list[dict[str, Any]]:
        """Return the notes about a test that emits."""

        class Inner(unittest.TestCase):
            def runTest(inner) -> None:  # noqa: N802,N805
                fixture = self.replaced(inner)
                fixture.setUp()
                emit(fixture)

        result = unittest.TestResult()
        Inner().run(result)
        self.assertTrue(result.wasSuccessful(), result)
        return [
            json.loads(line)
            for path in self.scratch.iterdir()
            for line in path.read_text().splitlines()
        ]

    def test_notes_what_the_fixture_was_given(self) -> None:
        """Later changes of a value do not change its note."""

        def emit(fixture: Any) -> None:
            value: dict[str, Any] = {'event_type': 'a', 'payload': {'one': 1}}
            versioned = fixture.fake_versioned_notifier
            versioned.versioned_notifications.append(value)
            value['payload'] = None
            versioned.versioned_notifications.clear()
            fixture.fake_notifier.notifications.append(
                _Message('b', [], _Context())
            )

        first, second = self.observe(emit)
        self.assertEqual(
            ('fixture', 'versioned'), (first['by'], first['kind'])
        )
        self.assertEqual({'one': 1}, first['payload'])
        self.assertIn('Inner', first['test'])
        self.assertEqual(('fixture', 'legacy'), (second['by'], second['kind']))
        self.assertEqual({'auth_token': None}, second['context'])

    def test_notes_what_went_past_it(self) -> None:
        """A real Notifier still emits; only the test's emissions are noted."""
        conf = cfg.ConfigOpts()
        given = self.useFixture(notifiers.UnixNotifierFixture(conf))
        notifier = given.notifier('compute', ['versioned_notifications'])
        prepared = notifier.prepare(publisher_id='compute:here')

        def emit(fixture: Any) -> None:
            prepared.info({}, 'c', {'two': 2})

        notifier.info({}, 'before', {})
        (noted,) = self.observe(emit)
        self.assertEqual([], self.observer._active)
        notifier.info({}, 'after', {})
        self.assertEqual(
            {
                'by': 'real',
                'kind': 'versioned',
                'publisher_id': 'compute:here',
                'priority': 'INFO',
                'event_type': 'c',
                'payload': {'two': 2},
            },
            {key: noted[key] for key in noted if key != 'test'},
        )
        self.assertEqual(
            ['before', 'c', 'after'],
            [each.event_type for each in given.consumer.notifications],
        )


class ContractTest(base.NovaToolTest):
    """Results for the three sources."""

    def catalogues(self, classes: int, events: str) -> list[Any]:
        """Return three sources, with N classes and these recorded events."""
        carried: catalogues.Carried = (('nova:X', '1.0'),)
        payload = catalogues.Payload('nova_object')
        some = {f'nova:{n}': payload for n in range(nova_contract.PAYLOADS)}
        roots = {str(number): carried for number in range(classes)}
        values = {
            'classes': contract.Catalogue(roots=roots, payloads=some),
            'samples': contract.Catalogue(events={'a': carried}),
            'recording': contract.Catalogue(
                events=dict.fromkeys(events, carried)
            ),
        }
        return [nova_contract.Source(*item) for item in values.items()]

    def test_sources_are_whole(self) -> None:
        """A source that lacks classes, payloads or events is a problem."""
        known = nova_contract.CLASSES
        table = {
            (known, 'a', True): [],
            (known, '', False): [],
            (known, '', True): ['samples without an emitted event: a'],
            (known, 'ab', False): ['events without a sample: b'],
            (known - 1, 'a', True): [
                'found 22 notification classes with 39 payloads, '
                'expected 23 with 39'
            ],
        }
        for (classes, events, whole), expected in table.items():
            sources = self.catalogues(classes, events)
            reported = nova_contract.problems(sources, complete=whole)
            self.assertEqual(expected, reported)

    def outcome(self, severity: str, problems: list[str]) -> Any:
        finding = {
            'severity': severity,
            'rule': 'C201',
            'subject': 'nova:X',
            'new': '1.1',
            'message': 'y was removed',
        }
        check = nova_contract.Check('a-b', 1, [finding], [], [])
        sources = self.catalogues(1, 'a')
        return nova_contract.Outcome(sources, [check], problems)

    def test_notes_are_agreement(self) -> None:
        """Notes are agreement; warnings, errors and problems are reported."""
        text = report.contract_text
        outcome = self.outcome('note', [])
        self.assertTrue(outcome.passed)
        self.assertTrue(text(outcome).endswith('The three sources agree.'))
        for outcome, reported in (
            (self.outcome('warning', []), 'warning: a-b: C201 nova:X 1.1\n'),
            (self.outcome('error', []), '    y was removed\n'),
            (self.outcome('note', ['no sample']), 'problem: no sample\n'),
        ):
            self.assertFalse(outcome.passed)
            self.assertIn(reported, text(outcome))
            self.assertIn('do not agree', text(outcome))

    def test_what_is_accepted_can_be_read(self) -> None:
        """The lists are valid, and each entry has its reason."""
        paths = sorted(nova_contract.ALLOWED.iterdir())
        self.assertEqual(2, len(paths))
        for path in paths:
            for entry in allowlist.decode(path.read_bytes()):
                self.assertGreater(len(entry.reason), 20)
