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

"""Replace nova's NotificationFixture when its module is first imported.

Python imports this by itself, because the directory is on PYTHONPATH. Rule:
nothing but import machinery is imported here, for nova has to patch the
standard library before anything else is; and a sitecustomize further down the
path stays hidden, as with any other that shadows it.
"""

from collections.abc import Sequence
import importlib
from importlib import machinery
import os
import sys
from types import ModuleType

_TARGET = 'nova.tests.fixtures.notifications'


class _Loader(machinery.SourceFileLoader):
    def exec_module(self, module: ModuleType) -> None:
        super().exec_module(module)
        # Late, and here: by now nova has patched what it wants to patch. The
        # package of the module takes the name from it afterwards, so that
        # the one replacement is seen under every name.
        chosen = importlib.import_module(os.environ['UNIXNOTIF_NOVA_HOOK'])
        vars(module)['NotificationFixture'] = chosen.replacement(
            vars(module)['NotificationFixture']
        )


class _Finder:
    @staticmethod
    def find_spec(
        name: str,
        path: Sequence[str] | None,
        target: ModuleType | None = None,
        /,
    ) -> machinery.ModuleSpec | None:
        if name != _TARGET:
            return None
        spec = machinery.PathFinder.find_spec(name, path)
        if spec is not None and spec.origin is not None:
            spec.loader = _Loader(name, spec.origin)
        return spec


sys.meta_path.insert(0, _Finder)
