# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Publishers at an address."""

from unixnotif.doctor import discovery
from unixnotif.doctor import processes
from unixnotif.doctor import subscribers
from unixnotif.doctor import trials
from unixnotif.doctor.checks import emission
from unixnotif.doctor.subscribers import State
from unixnotif.tests import base
from unixnotif.tests.unit.doctor.checks import cases

_SILENT = trials.Trial(waited=5.0)
_HEARD = trials.Trial(heard=(7,), waited=5.0)
_BRIEF = trials.Trial()


class EmittersTest(base.TestCase):
    def test_emitters(self) -> None:
        """A connection, or a notification, shows who publishes."""
        for living, emitters, unknown, trial, level, name in (
            (1, {7}, 0, _BRIEF, 'ok', 'emitters'),
            (1, set(), 2, _BRIEF, 'ok', 'emitters'),
            (0, set(), 0, _HEARD, 'ok', 'heard'),
            (1, set(), 0, _BRIEF, 'problem', 'nobody-emits'),
            (0, set(), 0, _SILENT, 'problem', 'nobody-emits'),
            (0, set(), 0, _BRIEF, 'note', 'emitters-unknown'),
            (1, None, 0, _BRIEF, 'note', 'emitters-unknown'),
        ):
            [found] = emission.check_emitters(
                cases.DIRECTORY,
                living,
                emitters,
                unknown,
                trial,
            )
            self.assertEqual((level, name), (found.level, found.name))

    def test_explained(self) -> None:
        """If a known problem explains the silence, the finding is a note."""
        [found] = emission.check_emitters(
            cases.DIRECTORY, 1, set(), 0, _BRIEF, True
        )
        self.assertEqual('note', found.level)

    def test_many_emitters(self) -> None:
        """The list is bounded, and has the number of the others."""
        [found] = emission.check_emitters(
            cases.DIRECTORY, 1, set(range(4194500, 4194600)), 1, _BRIEF
        )
        self.assertEqual(22, len(found.details))
        self.assertEqual(
            (
                '... and 80 more',
                '1 connection of processes that this user cannot see',
            ),
            found.details[-2:],
        )

    def test_many_processes(self) -> None:
        """A list of processes in a sentence is bounded."""
        trial = trials.Trial(heard=tuple(range(4194500, 4194600)), waited=5.0)
        [found] = emission.check_emitters(cases.DIRECTORY, 1, [], 0, trial)
        self.assertTrue(found.what.endswith(', ... and 80 more'), found.what)


class FoundTest(base.TestCase):
    def test_all(self) -> None:
        """The finding omits further processes if there are none."""
        found = emission.report_found(self.found(0), 5)
        self.assertEqual(('process 7 (x), user root',), found.details)

    def test_skipped(self) -> None:
        """The finding has the number of processes that were not searched."""
        found = emission.report_found(self.found(3), 5)
        self.assertEqual(
            'not searched: the 3 processes with the highest process ids, '
            'because the search ends after 200; to examine one, pass --pid '
            'PID',
            found.details[-1],
        )

    def found(self, skipped: int) -> discovery.Found:
        process = processes.Process(7, 'x', cases.rights(0))
        return discovery.Found([discovery.Kind(process, (7,))], skipped)


class OwnerTest(base.TestCase):
    def check(
        self,
        state: State = State.ALIVE,
        expected: int = 0,
        others: tuple[int, ...] = (),
        trial: trials.Trial = _BRIEF,
    ) -> list[str]:
        owner = subscribers.Owner(state, 7 if state is State.ALIVE else 0)
        process = processes.Process(expected, 'x', cases.rights(0))
        found = emission.check_owner(
            cases.SOCKET, owner, [process] if expected else [], others, trial
        )
        return [f'{each.level} {each.name}' for each in found]

    def test_owner(self) -> None:
        """One process has the address."""
        self.assertEqual(['ok owner'], self.check())
        self.assertEqual(['ok owner'], self.check(expected=7))
        self.assertEqual(['ok owner', 'ok heard'], self.check(trial=_HEARD))
        self.assertEqual(
            ['ok owner', 'problem nobody-emits'], self.check(trial=_SILENT)
        )

    def test_two_services(self) -> None:
        """The finding reports another process with the same address."""
        for expected, others in ((8, ()), (7, (8,)), (0, (8,))):
            self.assertEqual(
                ['ok owner', 'problem two-services'],
                self.check(expected=expected, others=others),
            )

    def test_nobody(self) -> None:
        """A dead socket is a problem; an unknown owner is no finding."""
        self.assertEqual(['problem dead-socket'], self.check(State.DEAD))
        self.assertEqual([], self.check(State.DENIED, expected=8))
