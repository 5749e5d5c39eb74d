# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Types on the wire of fields of oslo.versionedobjects."""

from oslo_versionedobjects import fields

from unixnotif import errors
from unixnotif.contract import fieldtypes
from unixnotif.tests import base
from unixnotif.tests.unit.contract import things


class TableTest(base.TestCase):
    """Fields, one by one."""

    def described(
        self, field: object, **overrides: str
    ) -> fieldtypes.Described:
        table = fieldtypes.Table(overrides)
        found = table.describe(field, lambda name: f'x:{name}')
        self.unknown = table.unknown
        return found

    def test_types(self) -> None:
        """Each field of the library is known."""
        for field, expected in (
            (fields.StringField(), 'string'),
            (fields.StringField(nullable=True), 'string?'),
            (fields.SensitiveStringField(), 'string'),
            (fields.UUIDField(), 'string'),
            (fields.MACAddressField(), 'string'),
            (fields.IPNetworkField(), 'string'),
            (fields.DateTimeField(), 'string'),
            (fields.EnumField(['a']), 'string'),
            (fields.IntegerField(), 'integer'),
            (fields.NonNegativeIntegerField(), 'integer'),
            (fields.FloatField(), 'number'),
            (fields.NonNegativeFloatField(), 'number'),
            (fields.BooleanField(), 'boolean'),
            (fields.FlexibleBooleanField(), 'boolean'),
            (fields.ListOfStringsField(), 'list<string>'),
            (fields.SetOfIntegersField(), 'list<integer>'),
            (fields.ListOfListsOfStringsField(), 'list<list<string>>'),
            (fields.DictOfStringsField(), 'map<string>'),
            (fields.DictOfNullableStringsField(), 'map<string?>'),
            (fields.DictOfListOfStringsField(), 'map<list<string>>'),
            (fields.ObjectField('P', nullable=True), 'payload<x:P>?'),
            (fields.ListOfObjectsField('P'), 'list<payload<x:P>>'),
        ):
            found = self.described(field)
            self.assertEqual(expected, str(found.type), repr(field))
            self.assertEqual(set(), self.unknown)

    def test_values_and_formats(self) -> None:
        """A field, or the items of a list, have values and formats."""
        found = self.described(fields.ListOfEnumField(['b', 'a']))
        self.assertEqual(['a', 'b'], found.values)
        for field, expected in (
            (fields.StringField(), ''),
            (fields.UUIDField(), 'uuid'),
            (fields.ListOfUUIDField(), 'uuid'),
            (fields.IPV4AndV6AddressField(), 'ip'),
            (fields.IPV6NetworkField(), 'ipv6-network'),
            (fields.DateTimeField(), 'date-time'),
        ):
            self.assertEqual(expected, self.described(field).format)

    def test_custom_fields(self) -> None:
        """A custom field type with its own serializer becomes ``any``."""
        module = things.__name__
        for kind, expected, unknown in (
            (things.Word(), 'string', set()),
            (things.Wave(), 'any', {f'{module}:Wave'}),
            (things.Loud(), 'any', {f'{module}:Loud'}),
        ):
            found = self.described(fields.Field(kind))
            self.assertEqual(expected, str(found.type))
            self.assertEqual(unknown, self.unknown)

    def test_overrides(self) -> None:
        """An override has the full or the short name; null is kept."""
        for name in ('Wave', f'{things.__name__}:Wave'):
            field = fields.Field(things.Wave(), nullable=True)
            found = self.described(field, **{name: 'list<integer>'})
            self.assertEqual('list<integer>?', str(found.type))
            self.assertEqual(set(), self.unknown)

    def test_override_with_an_invalid_type(self) -> None:
        """The table rejects an invalid type at once."""
        self.assertRaises(
            errors.CatalogueError, fieldtypes.Table, {'Wave': 'waves'}
        )
