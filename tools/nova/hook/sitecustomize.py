# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Replace nova's NotificationFixture when its module is first imported.

Python imports this module by itself, because the directory is on PYTHONPATH.
Rule: this module imports only import machinery, because nova has to patch the
standard library before any other import. It hides any other sitecustomize that
is further down the path.
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
        # By now, nova has patched the standard library. The package
        # nova.tests.fixtures imports the name from this module later, and so
        # gets the replacement.
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
