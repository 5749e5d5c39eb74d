# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The cases that a check judges."""

from unixnotif import contract
from unixnotif.contract import cases
from unixnotif.contract.rules import case_kinds
from unixnotif.tests.unit.contract import base
from unixnotif.tests.unit.contract.base import declared
from unixnotif.tests.unit.contract.base import observed
from unixnotif.tests.unit.contract.base import payload

OLD = (declared('1.0', a='any'), declared('1.1', a='any', b='any'))


def described(
    before: contract.Catalogue, now: contract.Catalogue, *options: bool
) -> list[str]:
    """Return cases as short texts."""
    texts = []
    for case in cases.Cases(now, before, *(options or (False,))):
        text = f'{type(case).__name__} {case.old} {case.new}'
        if isinstance(case, case_kinds.Pair):
            text += f' {case.relation.value}'
            text += ' pending' * case.pending + ' old' * (not case.current)
        if not isinstance(case, case_kinds.Succession):
            texts.append(text)
    return texts


class PairsTest(base.TestCase):
    """The pairs of versions that are compared."""

    def test_nothing_new(self) -> None:
        """An unchanged catalogue has no cases."""
        self.assertEqual([], described(payload(*OLD), payload(*OLD)))

    def test_new_version(self) -> None:
        """A new version is compared with the nearest older version.

        A comparison with a still older version is added if it may find more.
        """
        for fields, *expected in (
            ({'a': 'any', 'b': 'any'},),
            ({'a': 'string', 'b': 'any'}, 'Pair 1.0 1.2 minor'),
            ({'a': 'any', 'b': 'any', 'c': 'any'}, 'Pair 1.0 1.2 minor'),
            # The comparison with 1.1 already shows the removed field.
            ({'b': 'any'},),
        ):
            new = payload(*OLD, declared('1.2', **fields))
            self.assertEqual(
                ['Named  1.2', 'Pair 1.1 1.2 minor', *expected],
                described(payload(*OLD), new),
            )

    def test_new_major(self) -> None:
        """A new major version is compared with the last version before it."""
        self.assertEqual(
            ['Named  2.0', 'Pair 1.1 2.0 major'],
            described(payload(*OLD), payload(*OLD, declared('2.0'))),
        )

    def test_same_version(self) -> None:
        """A changed version has one pair; a pending one has further pairs."""
        other = declared('1.1', a='any', c='any')
        self.assertEqual(
            ['Pair 1.1 1.1 same'],
            described(payload(*OLD), payload(OLD[0], other)),
        )
        pending = payload(OLD[0], declared('1.1', 'pending', a='any'))
        minor = 'Pair 1.0 1.1 minor'
        for strict, *expected in (
            (False, 'Pair 1.1 1.1 same pending', minor),
            (True, 'Pair 1.1 1.1 same'),
        ):
            self.assertEqual(
                expected, described(pending, payload(OLD[0], other), strict)
            )

    def test_old_version(self) -> None:
        """A changed version that was not current is compared with itself."""
        self.assertEqual(
            ['Pair 1.0 1.0 same old'],
            described(payload(*OLD), payload(declared('1.0'), OLD[1])),
        )

    def test_several_at_once(self) -> None:
        """Versions recorded at once give the cases of separate recordings."""
        self.assertEqual(
            ['Named  1.0', 'Named  1.1', 'Pair 1.0 1.1 minor'],
            described(contract.Catalogue(), payload(*OLD)),
        )


class OthersTest(base.TestCase):
    """Cases of coverage, and of missing payloads."""

    def test_coverage(self) -> None:
        """Coverage is a case if there are observations, or if required."""
        seen = (observed('1.0', a='any'), observed('1.1', a='any'))
        for versions, required, *expected in (
            (OLD, False),
            (OLD, True, 'Coverage  1.1'),
            (seen, False, 'Coverage  1.1'),
        ):
            found = payload(*versions)
            self.assertEqual(
                expected, described(found, found, False, required)
            )

    def test_gone(self) -> None:
        """A missing payload is one case, once."""
        there, gone = payload(*OLD), payload(*OLD, current=None)
        self.assertEqual(['Gone 1.1 '], described(there, gone))
        self.assertEqual([], described(gone, gone))
        self.assertEqual([], described(gone, there))
