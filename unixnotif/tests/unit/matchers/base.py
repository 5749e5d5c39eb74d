# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Shared parts of the tests of all matchers.

Rule: four tables describe a matcher: what it matches, what it does not,
how it is written, and what it says of a mismatch.
"""

from typing import Any
from typing import ClassVar

from oslotest import base

from unixnotif import notification
from unixnotif.tests import base as testing


def obj(
    name: str,
    version: str,
    /,
    prefix: str = 'nova_object',
    changes: list[str] | None = None,
    **data: Any,
) -> dict[str, Any]:
    """A versioned object as oslo.versionedobjects writes it."""
    made = {
        f'{prefix}.name': name,
        f'{prefix}.namespace': prefix.partition('_')[0],
        f'{prefix}.version': version,
        f'{prefix}.data': data,
    }
    if changes is not None:
        made[f'{prefix}.changes'] = changes
    return made


def server(**data: Any) -> dict[str, Any]:
    """The payload of a server, with one object and one list of objects."""
    values: dict[str, Any] = {
        'uuid': 'u-1',
        'name': 'web',
        'flavor': obj('FlavorPayload', '1.4', vcpus=2),
        'ip_addresses': [obj('IpPayload', '1.0', address='10.0.0.1')],
    }
    return obj('InstancePayload', '1.10', **{**values, **data})


def emitted(payload: Any = None, **changes: Any) -> notification.Notification:
    """A notification with a payload, by default that of a server."""
    return testing.new_notification(
        server() if payload is None else payload, **changes
    )


class MatcherInterface:
    """Mix-in: the tests of every matcher, on the tables of the class."""

    #: Matcher and what it matches.
    matches: ClassVar[list[tuple[Any, Any]]]
    #: Matcher, what it does not match, and what it says.
    mismatches: ClassVar[list[tuple[Any, Any, str]]]
    #: Matcher and how it is written.
    written: ClassVar[list[tuple[Any, str]]]
    #: Call of a constructor that fails, with the error and its text.
    refused: ClassVar[list[tuple[Any, type[Exception], str]]] = []

    def test_matches(self) -> None:
        """A matcher returns None for a value that matches."""
        for matcher, value in self.matches:
            mismatch = matcher.match(value)
            if mismatch is not None:
                raise AssertionError(f'{matcher}: {mismatch.describe()}')

    def test_mismatches(self) -> None:
        """A mismatch describes the difference and its place."""
        assert isinstance(self, base.BaseTestCase)
        for matcher, value, text in self.mismatches:
            mismatch = matcher.match(value)
            assert mismatch is not None, f'{matcher} matches {value}'
            self.assertEqual(text, mismatch.describe())
            self.assertEqual({}, mismatch.get_details())

    def test_str(self) -> None:
        """The text of a matcher looks like its constructor call."""
        assert isinstance(self, base.BaseTestCase)
        for matcher, text in self.written:
            self.assertEqual(text, str(matcher))

    def test_refused(self) -> None:
        """Invalid arguments are refused at once."""
        assert isinstance(self, base.BaseTestCase)
        for make, error, text in self.refused:
            raised = self.assertRaises(error, make)
            self.assertEqual(text, str(raised.args[0]))
