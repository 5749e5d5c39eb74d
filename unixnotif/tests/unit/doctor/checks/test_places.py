# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The subscribers of a directory."""

import shlex

from unixnotif.doctor import subscribers
from unixnotif.doctor.checks import places
from unixnotif.doctor.subscribers import State
from unixnotif.tests import base
from unixnotif.tests.unit.doctor.checks import cases


def sockets(count: int, uid: int = cases.ALICE) -> list[object]:
    return [cases.socket(f'{uid}-{n}.sock', uid) for n in range(count)]


class PlacesTest(base.TestCase):
    def check(self, *found: object, limit: int = 8) -> list[str]:
        look = cases.look(*found)  # type: ignore[arg-type]
        self.found = places.check(
            cases.DIRECTORY, look, limit, cases.rights(cases.NOVA)
        )
        return cases.names(self.found)

    def test_list(self) -> None:
        """Subscribers with their processes; a bounded number of lines."""
        self.assertEqual([], self.check(cases.socket(pid=4194999)))
        self.assertEqual(
            ('a.sock  4261002:4261100 0660  process 4194999',),
            self.found[0].details,
        )
        self.assertIn('1 subscriber at', self.found[0].what)
        self.check(*sockets(100), limit=1024)
        self.assertEqual(21, len(self.found[0].details))
        self.check()
        self.assertIn('No subscriber at', self.found[0].what)

    def test_dead(self) -> None:
        """Sockets without a listener."""
        dead = [
            cases.socket(f'{n}.sock', state=State.DEAD) for n in range(100)
        ]
        self.assertEqual(['dead-socket'], self.check(*dead))
        self.assertLess(len(self.found[1].what), 300)
        self.assertIn('and 97 more', self.found[1].what)
        self.assertIn('the old sockets: rm ', self.found[1].fix)
        self.assertEqual(3, self.found[1].fix.count('.sock'))
        self.assertEqual(['dead-socket'], self.check(*dead[:1]))
        self.assertIn('the old socket: rm ', self.found[1].fix)

    def test_hostile_names(self) -> None:
        """The name of a socket cannot inject a command into the fix."""
        names = [f'$(touch {n}); .sock' for n in range(2)]
        paths = [f'{cases.DIRECTORY.path}/{name}' for name in names]
        for state, removed in (
            (State.DEAD, paths),
            (State.UNUSABLE, paths[:1]),
        ):
            self.check(*(cases.socket(name, state=state) for name in names))
            command = self.found[1].fix.partition(': ')[2]
            self.assertEqual(['rm', *removed], shlex.split(command))

    def test_unusable(self) -> None:
        """Sockets of another kind."""
        other = cases.socket(state=State.UNUSABLE, reason='Wrong type')
        self.assertEqual(['unusable-socket'], self.check(other))

    def test_shares(self) -> None:
        """Only root and the service may take more than a quarter."""
        for uid, count, expected, level in (
            (cases.ALICE, 1, [], 'problem'),
            (cases.ALICE, 2, ['full-share'], 'note'),
            (cases.ALICE, 3, ['full-share'], 'problem'),
            (cases.NOVA, 5, [], 'problem'),
            (0, 5, [], 'problem'),
        ):
            self.check(*sockets(count, uid))
            self.assertEqual(expected, cases.names(self.found, level))

    def test_full(self) -> None:
        """All users together have a limit."""
        self.assertEqual(['full'], self.check(*sockets(9, 0)))
        self.assertIn('raise max_subscribers', self.found[-1].fix)

    def test_no_descriptors(self) -> None:
        """No fix raises the limit of a service without descriptors."""
        for uid in (0, cases.ALICE):
            found = places.check(
                cases.DIRECTORY,
                cases.look(*sockets(9, uid)),  # type: ignore[arg-type]
                8,
                None,
                may_raise=False,
            )
            self.assertIn('full', found[-1].name)
            self.assertNotIn('raise', cases.text(found))

    def test_many_names(self) -> None:
        """A look that was not complete is a note."""
        for look in (
            subscribers.Look(incomplete=True),
            subscribers.Look(untried=1),
        ):
            found = places.check(cases.DIRECTORY, look, 8, None)
            self.assertEqual(['many-names'], cases.names(found, 'note'))
