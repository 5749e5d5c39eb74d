# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Requirements of consumers."""

from typing import Any

from unixnotif import contract
from unixnotif import errors
from unixnotif import versioned
from unixnotif.contract import catalogues
from unixnotif.contract import requirements
from unixnotif.tests import base
from unixnotif.tests.unit.contract import base as support
from unixnotif.tests.unit.contract import test_observations

Verdict = requirements.Verdict


def payload(version: str, **data: Any) -> versioned.VersionedPayload:
    found = versioned.VersionedPayload.from_primitive(
        test_observations.versioned(data, version=version)
    )
    assert found is not None
    return found


class RequiresTest(base.TestCase):
    """Versions that a consumer was written for."""

    def test_version(self) -> None:
        """The major number must be equal, and the minor at least as high."""
        for found, expected in (
            ('1.3', Verdict.OK),
            ('1.7', Verdict.OK),
            ('1.10', Verdict.OK),
            ('1.3.0', Verdict.OK),
            ('1.2', Verdict.OLDER),
            ('2.0', Verdict.INCOMPATIBLE),
            ('0.9', Verdict.INCOMPATIBLE),
            ('one', Verdict.MALFORMED),
            ('', Verdict.MALFORMED),
        ):
            needs = requirements.Requires('1.3')
            self.assertIs(expected, needs.check(found), found)
        self.assertIs(Verdict.OK, requirements.Requires('1.3.0').check('1.3'))

    def test_garbage(self) -> None:
        """A version of any other form is malformed."""
        garbage: tuple[Any, ...] = (None, 1.7, 1, [], {}, True, '1.7 ')
        for found in garbage:
            self.assertIs(
                Verdict.MALFORMED, requirements.Requires('1.3').check(found)
            )

    def test_refused(self) -> None:
        """A requirement needs versions, which are text and not empty."""
        wrong: tuple[Any, ...] = ({}, 1.3, {'': 1.3}, {'': '1.3', 'a': ''})
        for versions in wrong:
            self.assertRaises(
                errors.CatalogueError,
                requirements.Requires,
                versions,
            )

    def test_nested(self) -> None:
        """check() returns the worst verdict; a null payload is skipped."""
        needs = requirements.Requires({'': '1.3', 'part': '1.2'})
        for version, part, expected in (
            ('1.3', '1.2', Verdict.OK),
            ('1.4', '1.1', Verdict.OLDER),
            ('1.2', '2.0', Verdict.INCOMPATIBLE),
            ('2.0', 'x', Verdict.MALFORMED),
            ('1.3', None, Verdict.OK),
        ):
            nested = part and test_observations.versioned({}, version=part)
            found = payload(version, part=nested)
            self.assertIs(expected, needs.check(found), version)

    def test_verdicts(self) -> None:
        """Each path has a verdict; a missing payload is malformed."""
        needs = requirements.Requires(
            {'': '1.0', 'part': '1.0', 'text': '1.0'}
        )
        self.assertEqual(
            {
                '': Verdict.OK,
                'part': Verdict.MALFORMED,
                'text': Verdict.MALFORMED,
            },
            needs.verdicts(payload('1.0', text='x')),
        )
        self.assertIs(Verdict.MALFORMED, needs.check('1.0'))

    def test_malformed(self) -> None:
        """A malformed requirement is an error."""
        self.assertRaises(errors.CatalogueError, requirements.Requires, '1')

    def test_repr(self) -> None:
        """The text is the call of the constructor."""
        for text in ("Requires('1.3')", "Requires({'': '1.3', 'a': '1.2'})"):
            made = eval(text, {'Requires': requirements.Requires})
            self.assertEqual(text, repr(made))


class ReadsTest(base.TestCase):
    """Fields that a consumer reads."""

    def setUp(self) -> None:
        super().setUp()
        self.catalogue = contract.Catalogue(
            events={
                'thing.create': (('x:Old', '9.0'), ('x:Thing', '1.1')),
                'thing.delete': (('x:Thing', '1.1'),),
            },
            roots={'x:ThingNotification': (('x:Thing', '1.1'),)},
            payloads=support.payloads(
                {
                    'x:Thing': (
                        support.declared('1.0'),
                        (
                            '1.1',
                            catalogues.Schema(
                                declared={
                                    'id': 'string',
                                    'note': 'string?',
                                    'part': 'payload<x:Part>',
                                    'spare': 'payload<x:Part>?',
                                    'parts': 'list<payload<x:Part>>',
                                    'maybe': 'list<string>?',
                                    'meta': 'map<string>',
                                    'odd': 'any',
                                },
                                observed={'id': '~string'},
                            ),
                        ),
                    ),
                    'x:Part': (support.declared('1.0', size='integer'),),
                }
            ).payloads,
        )

    def check(self, path: str, wanted: str, expected: str) -> None:
        found = requirements.Reads('thing.create', {path: wanted}).check(
            self.catalogue
        )
        self.assertEqual(
            [f'thing.create: {path} {expected}'] if expected else [],
            [str(problem) for problem in found],
        )

    def test_fields(self) -> None:
        """The problem says how a field differs from the requirement."""
        for path, wanted, expected in (
            ('id', '~string', ''),
            ('id', 'string', 'may be absent: id is an optional field'),
            ('note', 'string?', ''),
            (
                'note',
                'string',
                'may be null: the type of note is string or null',
            ),
            (
                'none',
                'string',
                'is missing: the payload has no field none',
            ),
            ('part.size', 'integer', ''),
            ('part.size', 'number', ''),
            ('part.size', 'string', 'has the type integer, and not string'),
            ('part.none', 'any', 'is missing: part has no field none'),
            (
                'spare.size',
                'integer',
                'may be null: the type of spare is payload<x:Part> or null',
            ),
            ('spare.size', 'integer?', ''),
            ('parts[].size', 'integer', ''),
            (
                'parts[].size',
                'boolean',
                'has the type integer, and not boolean',
            ),
            (
                'maybe[]',
                'string',
                'may be null: the type of maybe is list<string> or null',
            ),
            ('maybe', 'list<string>?', ''),
            ('part[]', 'any', 'is missing: part is not a list'),
            ('meta.key', 'string', ''),
            ('odd.key', 'string', ''),
            ('id.key', '~string', 'is missing: id has no field key'),
        ):
            self.check(path, wanted, expected)

    def test_every_event_that_matches(self) -> None:
        """All matching events and notification classes are checked."""
        found = requirements.Reads('*', {'none': 'any'}).check(self.catalogue)
        self.assertEqual(
            ['thing.create', 'thing.delete', 'x:ThingNotification'],
            [problem.event for problem in found],
        )

    def test_no_such_event(self) -> None:
        """An event that is not recorded is a problem: it may be renamed."""
        found = requirements.Reads('stuff.*', {}).check(self.catalogue)
        self.assertEqual(
            ['stuff.*: no event in the catalogue matches'],
            list(map(str, found)),
        )

    def test_repr(self) -> None:
        """The text is the call of the constructor."""
        self.assertEqual(
            "Reads('e', {'a': 'string?'})",
            repr(requirements.Reads('e', {'a': 'string?'})),
        )
