# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Payload classes of a small service."""

from oslo_versionedobjects import base
from oslo_versionedobjects import fields


class ShopObject(base.VersionedObject):
    OBJ_SERIAL_NAMESPACE = 'shop_object'
    OBJ_PROJECT_NAMESPACE = 'shop'


@base.VersionedObjectRegistry.register_if(False)
class OrderPayload(ShopObject):
    VERSION = '1.2'
    fields = {
        'id': fields.UUIDField(),
        'state': fields.StringField(),
        'total': fields.IntegerField(),
    }


@base.VersionedObjectRegistry.register_if(False)
class ItemPayload(ShopObject):
    VERSION = '1.0'
    fields = {
        'id': fields.UUIDField(),
        'name': fields.StringField(),
        'weight': fields.FloatField(nullable=True),
    }


@base.VersionedObjectRegistry.register_if(False)
class ParcelPayload(ShopObject):
    VERSION = '1.1'
    fields = {
        'id': fields.UUIDField(),
        'carrier': fields.StringField(),
        'stops': fields.ListOfStringsField(),
    }


@base.VersionedObjectRegistry.register_if(False)
class InvoicePayload(ShopObject):
    VERSION = '1.0'
    fields = {
        'id': fields.UUIDField(),
        'sum': fields.IntegerField(),
    }


@base.VersionedObjectRegistry.register_if(False)
class OrderNotification(ShopObject):
    fields = {
        'payload': fields.ObjectField('OrderPayload'),
    }


@base.VersionedObjectRegistry.register_if(False)
class ItemNotification(ShopObject):
    fields = {
        'payload': fields.ObjectField('ItemPayload'),
    }


@base.VersionedObjectRegistry.register_if(False)
class ParcelNotification(ShopObject):
    fields = {
        'payload': fields.ObjectField('ParcelPayload'),
    }


@base.VersionedObjectRegistry.register_if(False)
class InvoiceNotification(ShopObject):
    fields = {
        'payload': fields.ObjectField('InvoicePayload'),
    }
