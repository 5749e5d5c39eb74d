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

"""The base class of matchers, for testtools and for type checkers."""

from typing import Any
from typing import TYPE_CHECKING

from testtools import matchers

if TYPE_CHECKING:
    # Generic in newer releases of testtools, which are those with types.
    Matcher = matchers.Matcher[Any]
else:
    Matcher = matchers.Matcher
