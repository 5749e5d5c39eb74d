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

"""Modules of the standard library as the interpreter made them.

Rule: eventlet changes the modules that everybody imports: it deletes poll and
epoll from select, and makes the threads of _thread green. A second module
object made from the same spec is not touched by that, whenever it is made.
"""

import importlib.util
from types import ModuleType

from unixnotif import errors


def load(name: str) -> ModuleType:
    """Return a module that nobody has patched.

    :raises PlatformError: this Python has no such module
    """
    spec = importlib.util.find_spec(name)
    if spec is None or spec.loader is None:  # pragma: no cover
        raise errors.PlatformError(f'this Python has no {name} module')
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
