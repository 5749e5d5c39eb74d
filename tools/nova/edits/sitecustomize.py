# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Change the text of modules of nova when they are first imported.

Python imports this module by itself, because the directory is on PYTHONPATH.
Rule: nova's files do not change, and a change that does not fit ends the
process. This module imports only import machinery, because nova has to patch
the standard library before any other import.
"""

from collections.abc import Sequence
from importlib import machinery
import json
import os
import sys
from types import CodeType

# Edits by module: the class (or '' for the whole module), the old text, and
# the new text.
_EDITS: dict[str, list[list[str]]] = json.loads(
    os.environ['UNIXNOTIF_NOVA_EDITS']
)


class _Loader(machinery.SourceFileLoader):
    def get_code(self, fullname: str) -> CodeType:
        # Do not read or write the cache of compiled files.
        path = self.get_filename(fullname)
        text = self.get_data(path).decode()
        for scope, old, new in _EDITS[fullname]:
            text = _edited(text, scope, old, new)
        return self.source_to_code(text.encode(), path)


def _edited(text: str, scope: str, old: str, new: str) -> str:
    begin = text.find(f'\nclass {scope}(') if scope else 0
    end = text.find('\nclass ', begin + 1) if scope else len(text)
    place = text.find(old, begin, end) if old else end
    if begin < 0 or place < 0:
        sys.exit(f'{scope} of nova has no {old!r}: {__file__}')
    return text[:place] + new + text[place + len(old) :]


class _Finder:
    @staticmethod
    def find_spec(
        name: str, path: Sequence[str] | None, target: object = None, /
    ) -> machinery.ModuleSpec | None:
        if name not in _EDITS:
            return None
        spec = machinery.PathFinder.find_spec(name, path)
        if spec is not None and spec.origin is not None:
            spec.loader = _Loader(name, spec.origin)
        return spec


sys.meta_path.insert(0, _Finder)
