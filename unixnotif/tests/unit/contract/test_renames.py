# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Recognition of renamed classes."""

from typing import Any

from unixnotif import contract
from unixnotif.contract import renames
from unixnotif.tests.unit.contract import base
from unixnotif.tests.unit.contract.base import declared

FIELDS = dict.fromkeys('abcde', 'string')


def catalogue(
    root: str = '', version: str = '1.0', **payloads: dict[str, str]
) -> contract.Catalogue:
    """A catalogue of payloads; the root carries the first one."""
    found = base.payloads(
        {
            f'x:{name}': (declared(version, **fields),)
            for name, fields in payloads.items()
        }
    ).payloads
    carried = ((next(iter(found)), version),)
    return contract.Catalogue({}, {root: carried} if root else {}, found)


BEFORE = catalogue(Thing=FIELDS)


class PayloadsTest(base.TestCase):
    """Payload classes."""

    def check(self, now: contract.Catalogue, **expected: str) -> None:
        self.assertEqual(
            {f'x:{one}': f'x:{new}' for one, new in expected.items()},
            renames.payloads(BEFORE, now),
        )

    def test_similar(self) -> None:
        """A class with most of the fields of a missing class is a rename."""
        self.check(catalogue(Box=FIELDS), Thing='Box')
        self.check(
            catalogue(Box={**FIELDS, 'z': 'any'}, Other={'a': 'string'}),
            Thing='Box',
        )
        self.check(contract.merge(BEFORE, BEFORE))

    def test_other(self) -> None:
        """A class with few common fields, or beside the old one, is new."""
        self.check(catalogue(Box={'a': 'string'}))
        self.check(catalogue(Things={'z': 'any'}))
        self.check(catalogue(Box=FIELDS, Thing=FIELDS))
        other = base.payloads({'y:Thing': (declared('1.0', **FIELDS),)})
        self.check(other)

    def test_each_name_once(self) -> None:
        """Of several candidates, the most similar class is the renamed one."""
        now = catalogue(Box=FIELDS, Thing2=FIELDS)
        self.check(now, Thing='Thing2')


class CheckTest(base.TestCase):
    """The findings."""

    def check(self, now: Any, *expected: str, before: Any = BEFORE) -> None:
        merged = contract.merge(before, now, frozenset({'x'}))
        self.assertEqual(list(expected), self.found(before, merged))

    def test_renamed(self) -> None:
        """A renamed class is a note, and both classes are compared."""
        note = 'E404 note 1.0'
        self.check(catalogue(Box=FIELDS), note)
        less = {**FIELDS, 'z': 'any'}
        del less['b']
        self.check(
            catalogue(Box=less, version='1.1'),
            'C201 error x:Box.b 1.0 -> 1.1',
            f'{note} -> 1.1',
        )

    def test_same_version(self) -> None:
        """A renamed class with other fields needs a new version."""
        more = {**FIELDS, 'z': 'any'}
        note = 'E404 note 1.0'
        self.check(catalogue(Box=more), 'V101 error x:Box.z 1.0', note)
        self.check(catalogue(Box=more, version='1.1'), f'{note} -> 1.1')
        # The notification class and an outer payload name the class, too.
        self.check(
            catalogue('x:N', Box=more),
            'V101 error x:Box.z 1.0',
            'E401 note x:N 1.0',
            'E404 note 1.0',
            before=catalogue('x:N', Thing=FIELDS),
        )
        self.check(
            catalogue(Outer={'p': 'payload<x:Box>'}, Box=more),
            'V101 error x:Box.z 1.0',
            'V101 error x:Outer.p 1.0',
            'E404 note 1.0',
            before=catalogue(Outer={'p': 'payload<x:Thing>'}, Thing=FIELDS),
        )

    def test_root(self) -> None:
        """The name of a notification class is internal, too."""
        before = catalogue('x:OneNotification', Thing=FIELDS)
        self.check(
            catalogue('x:OnesNotification', Thing=FIELDS),
            'E404 note x:OneNotification 1.0',
            before=before,
        )
        self.check(
            catalogue('x:TwoNotification', Box=FIELDS),
            'E401 note x:OneNotification 1.0',
            'E404 note x:OneNotification 1.0',
            'E404 note 1.0',
            before=before,
        )
        self.check(
            catalogue('x:TwoNotification', Thing=FIELDS),
            'E403 error x:OneNotification 1.0',
            before=before,
        )

    def test_compared_once(self) -> None:
        """A rename compared by an event or outer payload is not repeated."""
        less = {**FIELDS, 'z': 'any'}
        del less['b']
        self.check(
            catalogue('x:N', version='1.1', Box=less),
            'C201 error x:N.b 1.0 -> 1.1',
            'E401 note x:N 1.0 -> 1.1',
            'E404 note 1.0 -> 1.1',
            before=catalogue('x:N', Thing=FIELDS),
        )
        self.check(
            catalogue(version='1.1', Outer={'p': 'payload<x:Box>'}, Box=less),
            'C201 error x:Outer.p.b 1.0 -> 1.1',
            'C207 note x:Outer.p 1.0 -> 1.1',
            'E404 note 1.0 -> 1.1',
            before=catalogue(Outer={'p': 'payload<x:Thing>'}, Thing=FIELDS),
        )
