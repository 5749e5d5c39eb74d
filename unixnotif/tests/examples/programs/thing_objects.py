#    Licensed under the Apache License, Version 2.0 (the "License"); you may
#    not use this file except in compliance with the License. You may obtain
#    a copy of the License at
#
#         http://www.apache.org/licenses/LICENSE-2.0
#
#    Unless required by applicable law or agreed to in writing, software
#    distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
#    WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
#    License for the specific language governing permissions and limitations
#    under the License.

"""Payload classes of a service."""

from oslo_versionedobjects import base
from oslo_versionedobjects import fields


class ThingObject(base.VersionedObject):
    OBJ_SERIAL_NAMESPACE = 'thing_object'
    OBJ_PROJECT_NAMESPACE = 'thing'


@base.VersionedObjectRegistry.register_if(False)
class ThingPayload(ThingObject):
    VERSION = '1.2'
    fields = {  # noqa: RUF012
        'id': fields.UUIDField(),
        'name': fields.StringField(nullable=True),
        'tags': fields.ListOfStringsField(),
    }


@base.VersionedObjectRegistry.register_if(False)
class ThingNotification(ThingObject):
    VERSION = '1.0'
    fields = {  # noqa: RUF012
        'payload': fields.ObjectField('ThingPayload'),
    }
