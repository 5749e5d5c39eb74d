# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Matchers for the payload version contract.

Rule: :mod:`unixnotif.contract` writes the text of their mismatches.
"""

from collections.abc import Iterable
import dataclasses
import os
from typing import Any

from testtools import matchers

from unixnotif import contract
from unixnotif import notification
from unixnotif import versioned
from unixnotif.contract import conformance
from unixnotif.contract import reports
from unixnotif.matchers import comparison
from unixnotif.matchers import protocol

_Given = contract.Catalogue | str | os.PathLike[str]


def _load(given: _Given) -> tuple[contract.Catalogue, str]:
    """Return a catalogue, and its name for messages."""
    if isinstance(given, contract.Catalogue):
        return given, 'the catalogue'
    path = os.fspath(given)
    return contract.read(path), os.path.basename(path)


class MatchesCatalogue(protocol.Matcher):
    """Matches a notification or a payload that agrees with a catalogue.

    The catalogue must contain the version of every versioned object in the
    payload. Each object must have the fields and types of its version.

    :param catalogue: a catalogue, or the path of its file
    :raises CatalogueError: the catalogue cannot be read
    """

    def __init__(self, catalogue: _Given) -> None:
        self._catalogue, self._name = _load(catalogue)

    def __str__(self) -> str:
        return f'MatchesCatalogue({self._name})'

    def match(self, actual: Any) -> matchers.Mismatch | None:
        """Return None if the payload agrees with the catalogue."""
        if isinstance(actual, notification.Notification):
            payload, event_type = actual.payload, actual.event_type
        else:
            payload, event_type = _primitive(actual), None
        if versioned.VersionedPayload.from_primitive(payload) is None:
            return matchers.Mismatch('the payload is not versioned')
        lines = conformance.conform_payload(
            payload, self._catalogue, event_type
        )
        return comparison.mismatch(
            f'{event_type or "the payload"} differs from {self._name}:',
            lines,
        )


def _primitive(payload: Any) -> Any:
    if not isinstance(payload, versioned.VersionedPayload):
        return payload
    prefix = payload.prefix
    return {
        f'{prefix}.name': payload.name,
        f'{prefix}.namespace': payload.namespace,
        f'{prefix}.version': payload.version_text,
        f'{prefix}.data': payload.data,
    }


class ContractHolds(protocol.Matcher):
    """Matches notifications that break no rule of the payload contract.

    The matcher compares the payloads of the notifications with all recorded
    versions. A new version is a mismatch only if it breaks a rule with the
    severity error. A recorded payload may be missing from the notifications.
    The matcher ignores payloads without a version, but at least one payload
    must have a version.

    :param catalogue: a catalogue, or the path of its file
    :raises CatalogueError: the catalogue cannot be read
    """

    def __init__(self, catalogue: _Given) -> None:
        self._catalogue, self._name = _load(catalogue)

    def __str__(self) -> str:
        return f'ContractHolds({self._name})'

    def match(
        self, actual: Iterable[notification.Notification]
    ) -> matchers.Mismatch | None:
        """Return None if no rule finds an error."""
        seen = contract.observe(actual)
        if not seen.payloads:
            return matchers.Mismatch('no notification is versioned')
        report = contract.check_observed(seen, self._catalogue)
        errors = report.reaching(contract.Severity.ERROR)
        if not errors:
            return None
        text = reports.as_text(
            dataclasses.replace(report, findings=errors),
            contract.Severity.ERROR,
        )
        return comparison.mismatch(
            f'the contract of {self._name} does not hold:', [text.rstrip()]
        )
