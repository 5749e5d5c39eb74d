# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

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
