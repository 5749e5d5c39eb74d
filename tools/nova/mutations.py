# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Changes of nova's payload classes that break the contract, and their fixes.

Rule: values only. An edit is a text of nova's source and the new text, so that
the classes change as a developer would change them.
"""

import dataclasses
import json

OBJECTS = 'nova.notifications.objects'

Edit = tuple[str, str, str]

#: Makes every test use the fixture over real sockets, which records.
_SWAP: Edit = (
    '',
    '',
    '\nfrom unixnotif.fixtures.compat import NotificationFixture\n',
)


@dataclasses.dataclass(frozen=True)
class Break:
    """A change of a payload class that breaks the contract.

    :ivar module: module of the class, in ``nova.notifications.objects``
    :ivar edits: class, old text and new text of each edit
    :ivar bumps: class, version and next version of each necessary bump
    :ivar test: a test that emits the payload
    :ivar says: texts that the check must print
    """

    name: str
    module: str
    edits: tuple[Edit, ...]
    bumps: tuple[tuple[str, str, str], ...]
    test: str
    says: tuple[str, ...]

    def all_edits(self, *, bumped: bool) -> str:
        """Return the edits as text for the hook."""
        edits = list(self.edits)
        if bumped:
            edits += [
                (name, f"VERSION = '{old}'", f"VERSION = '{new}'")
                for name, old, new in self.bumps
            ]
        return json.dumps(
            {
                f'{OBJECTS}.{self.module}': edits,
                'nova.tests.fixtures.notifications': [_SWAP],
            }
        )


def _without(name: str, *lines: str) -> tuple[Edit, ...]:
    return tuple((name, f'        {line}\n', '') for line in lines)


def _with(name: str, line: str, more: str) -> Edit:
    return name, f'        {line}\n', f'        {line}\n        {more}\n'


_CHILDREN = (
    ('InstanceActionPayload', '1.9', '1.10'),
    ('InstanceActionVolumePayload', '1.7', '1.8'),
    ('InstanceActionSharePayload', '1.0', '1.1'),
    ('InstanceActionVolumeSwapPayload', '1.9', '1.10'),
    ('InstanceCreatePayload', '1.13', '1.14'),
    ('InstanceActionResizePrepPayload', '1.4', '1.5'),
    ('InstanceUpdatePayload', '2.1', '2.2'),
    ('InstanceActionRescuePayload', '1.4', '1.5'),
    ('InstanceActionRebuildPayload', '1.10', '1.11'),
    ('InstanceActionSnapshotPayload', '1.10', '1.11'),
    ('InstanceExistsPayload', '2.1', '2.2'),
)

BREAKS = (
    Break(
        'add',
        'keypair',
        (
            _with(
                'KeypairPayload',
                "'name': ('keypair', 'name'),",
                "'title': ('keypair', 'name'),",
            ),
            _with(
                'KeypairPayload',
                "'type': fields.StringField(nullable=False),",
                "'title': fields.StringField(nullable=False),",
            ),
        ),
        (('KeypairPayload', '1.0', '1.1'),),
        'test_keypair.TestKeypairNotificationSample'
        '.test_keypair_create_delete',
        (
            'nova:KeypairPayload',
            'error V101 changed-without-bump 1.0',
            'title was added as string, but the version is still 1.0',
            'fix: raise VERSION of KeypairPayload from 1.0 to 1.1',
        ),
    ),
    Break(
        'retype',
        'service',
        (
            (
                'ServiceStatusPayload',
                "'report_count': fields.IntegerField()",
                "'report_count': fields.StringField()",
            ),
        ),
        (('ServiceStatusPayload', '1.1', '2.0'),),
        'test_service.TestServiceUpdateNotificationSampleLatest'
        '.test_service_enable',
        (
            'nova:ServiceStatusPayload',
            'error V101 changed-without-bump 1.1',
            'report_count changed from integer to string, but the version '
            'is still 1.1',
            'fix: raise VERSION of ServiceStatusPayload from 1.1 to 2.0',
        ),
    ),
    Break(
        'remove',
        'keypair',
        _without(
            'KeypairPayload',
            "'fingerprint': ('keypair', 'fingerprint'),",
            "'fingerprint': fields.StringField(nullable=True),",
        ),
        (('KeypairPayload', '1.0', '2.0'),),
        'test_keypair.TestKeypairNotificationSample'
        '.test_keypair_create_delete',
        (
            'nova:KeypairPayload',
            'error V101 changed-without-bump 1.0',
            'fingerprint was removed (its type was string or null), but the '
            'version is still 1.0',
            'fix: raise VERSION of KeypairPayload from 1.0 to 2.0',
        ),
    ),
    Break(
        'inherit',
        'instance',
        (
            _with(
                'InstancePayload',
                "'key_name': ('instance', 'key_name'),",
                "'key': ('instance', 'key_name'),",
            ),
            _with(
                'InstancePayload',
                "'key_name': fields.StringField(nullable=True),",
                "'key': fields.StringField(nullable=True),",
            ),
            ('InstancePayload', "VERSION = '1.9'", "VERSION = '1.10'"),
        ),
        _CHILDREN,
        'test_instance.TestInstanceNotificationSample'
        '.test_create_delete_server',
        (
            'nova:InstanceCreatePayload',
            'error V101 changed-without-bump 1.13',
            'key was added as string or null, but the version is still 1.13',
            'cause: the field comes from the parent class '
            'nova:InstancePayload, whose version was raised (1.9 -> 1.10); '
            'raise the version of InstanceCreatePayload as well',
            'fix: raise VERSION of InstanceCreatePayload from 1.13 to 1.14',
        ),
    ),
)
