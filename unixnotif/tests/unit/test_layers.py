# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The layers: imports point down, and only some layers need libraries.

Rule: this module is the map of the package. A developer must enter each new
module here; the tests then check it.
"""

import ast
from collections.abc import Iterator
import graphlib
import pathlib
import re
import sys

import unixnotif
from unixnotif.tests import base

PACKAGE = pathlib.Path(unixnotif.__file__).parent

# From the bottom to the top. The package itself re-exports the two ends.
LAYERS = (
    {
        'address',
        'clock',
        'defects',
        'document',
        'envelope',
        'errors',
        'filter',
        'grammar',
        'lost_record',
        'notification',
        'primitives',
        'sender',
        'targets',
        'terminal',
        'versioned',
    },
    {
        'closer',
        'descriptors',
        'kernel',
        'listening',
        'outputs',
        'packet',
        'polling',
        'process',
        'rendezvous',
        'shares',
        'wakeups',
    },
    {'__init__', 'aio', 'consumer', 'publisher', 'recording', 'samples'},
    {
        'doctor',
        'message_encoder',
        'notify_driver',
        'opts',
        'relay',
        'transport_driver',
    },
    {'__main__', 'cli', 'fixtures', 'matchers', 'pytest_plugin', 'report'},
)
# The contract has layers of its own. It imports the lowest layer of the
# package only; the two highest layers import it.
CONTRACT = 'contract'
# Its modules above the model, from the bottom to the top. Above these are the
# sources, which alone read files, ask git or import packages.
JUDGMENT = ({'allowlist', 'pairs', 'reports', 'rules'}, {'cases'}, {'check'})
#: The only module that a source imports from a higher layer.
OUTPUTS = 'outputs'
SOURCES = {'declarations', 'locations', 'packages', 'revisions', 'storage'}
_EFFECTS = frozenset(
    {'importlib', 'io', 'os', 'pathlib', 'pkgutil', 'shutil', 'subprocess'}
    | {'sys', 'tempfile'}
)
# The extra "relay", and libraries that oslo.messaging brings.
RELAY_LIBRARIES = {
    'amqp',
    'kombu',
    'prometheus_client',
    'sdnotify',
    'tenacity',
}
# Folders of programs beside the package.
BESIDE = ('bench', 'demo', 'roles', 'tools')
_SUBORDINATE = re.compile(r'\s*"""(What|Whether|Who|How|Where|Such)\b')
# At the start of a docstring, a pronoun has no noun to refer to.
_PRONOUN = re.compile(r'^\s*"""(?:It|Its|They|Their) ')


def modules() -> Iterator[tuple[str, pathlib.Path]]:
    """Yield every module except the tests, with the name of its part."""
    for path in sorted(PACKAGE.rglob('*.py')):
        relative = path.relative_to(PACKAGE)
        part = relative.parts[0].removesuffix('.py')
        if part != 'tests':
            yield part, path


def imports(path: pathlib.Path) -> Iterator[str]:
    """Yield the full names of all imports of a module, at any place."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            # "from . import x" has no name of its own.
            origin = '.' * node.level + (node.module or '')
            yield from (f'{origin}.{alias.name}' for alias in node.names)


def builds_uri(node: ast.AST) -> bool:
    """Return True if an expression appends a value to a scheme of ours.

    An example of a URI in a message continues within the same string.
    """
    parts: list[ast.expr] = []
    if isinstance(node, ast.JoinedStr):
        parts = node.values[:-1]
    elif isinstance(node, ast.BinOp):
        parts = [node.left]
    return any(
        isinstance(each, ast.Constant)
        and isinstance(each.value, str)
        and each.value.endswith(('unix://', 'unix+dir://'))
        for each in parts
    )


def layer_of(part: str) -> int:
    for number, parts in enumerate(LAYERS):
        if part in parts:
            return number
    if part == CONTRACT:
        return len(LAYERS) - 2
    raise AssertionError(
        f'unixnotif.{part} is in no layer; enter it in {__name__}'
    )


def part_of(name: str) -> str:
    """Return the part of the package to which a full name belongs."""
    rest = name.split('.')[1:]
    known = bool(rest) and (
        rest[0] == CONTRACT or any(rest[0] in parts for parts in LAYERS)
    )
    # The package itself: a name that it re-exports, or an unknown module.
    exported = not rest or rest[0] in unixnotif.__all__
    return rest[0] if known or not exported else '__init__'


def contract_layer(module: str) -> int:
    """Return the layer of a module, or of a folder, of the contract."""
    if module in SOURCES:
        return len(JUDGMENT) + 1
    for number, modules_of in enumerate(JUDGMENT, 1):
        if module in modules_of:
            return number
    return 0


class ContractLayersTest(base.TestCase):
    """The stack of the contract."""

    def imports(self) -> Iterator[tuple[str, str]]:
        """Yield each module or folder of the contract with each import."""
        for part, path in modules():
            module = (
                path.relative_to(PACKAGE / CONTRACT)
                .parts[0]
                .removesuffix('.py')
                if part == CONTRACT
                else ''
            )
            if module and module != '__init__':
                yield from ((module, name) for name in imports(path))

    def test_contract_imports_the_lowest_layer(self) -> None:
        """The contract knows notifications, and neither sockets nor oslo."""
        for module, name in self.imports():
            part = part_of(name)
            if name.split('.')[0] == 'unixnotif' and part != CONTRACT:
                if module in SOURCES and part == OUTPUTS:
                    continue
                self.assertEqual(0, layer_of(part), f'{module}: {name}')

    def test_highest_layers_import_the_contract(self) -> None:
        """Only the highest layers import the contract; no service loads it."""
        for part, path in modules():
            for name in imports(path):
                if name.startswith(f'unixnotif.{CONTRACT}'):
                    self.assertIn(
                        layer_of(part),
                        (len(LAYERS) - 2, len(LAYERS) - 1),
                        str(path),
                    )

    def test_imports_point_down(self) -> None:
        """The model knows no rule, and a rule knows no file."""
        for module, name in self.imports():
            if name.startswith(f'unixnotif.{CONTRACT}.'):
                needed = name.split('.')[2]
                self.assertLessEqual(
                    contract_layer(needed),
                    contract_layer(module),
                    f'{module} imports {name}',
                )

    def test_model_and_rules_are_pure(self) -> None:
        """Only the sources read files, ask git or import packages."""
        for module, name in self.imports():
            if module not in SOURCES:
                self.assertNotIn(name.split('.')[0], _EFFECTS, module)


class LayersTest(base.TestCase):
    """Rules of the layers, checked in the sources."""

    def test_every_module_is_in_a_layer(self) -> None:
        """Each module is in one layer, and no part is in two layers."""
        for part, _ in modules():
            layer_of(part)
        names = [part for parts in LAYERS for part in parts]
        self.assertEqual(sorted(set(names)), sorted(names))

    def test_imports_point_down(self) -> None:
        """No module imports from a layer above its own."""
        wrong = [
            f'{path.relative_to(PACKAGE)} imports {name}'
            for part, path in modules()
            for name in imports(path)
            if name.split('.')[0] == 'unixnotif'
            and layer_of(part_of(name)) > layer_of(part)
        ]
        self.assertEqual([], wrong)

    def test_hacking_guide_lists_the_layers(self) -> None:
        """HACKING.rst lists each part in the row of its layer."""
        text = (PACKAGE.parent / 'HACKING.rst').read_text()
        table = re.split(r'^(\d)  ', text, flags=re.MULTILINE)[1:]
        rows = dict(zip(table[::2], table[1::2], strict=True))
        for number, parts in enumerate(LAYERS):
            row = rows[str(number)].partition('\n=')[0]
            listed = set()
            for line in row.splitlines():
                # The split has removed the number from the first line.
                cell = line[3:] if line.startswith('   ') else line
                listed |= set(re.findall(r'\w+', cell.partition('  ')[0]))
            existing = {part for part, _ in modules()}
            self.assertEqual(set(), listed - parts)
            self.assertEqual({'__init__'} & parts, (parts & existing) - listed)

    def test_no_circular_imports(self) -> None:
        """Imports between parts have no cycle, even within a layer."""
        graph: dict[str, set[str]] = {}
        for part, path in modules():
            needed = graph.setdefault(part, set())
            for name in imports(path):
                if name.split('.')[0] == 'unixnotif':
                    needed.add(part_of(name))
            needed.discard(part)
        graphlib.TopologicalSorter(graph).prepare()

    def test_imports_are_absolute(self) -> None:
        """A reader, and these tests, see where a name comes from."""
        for _, path in modules():
            for name in imports(path):
                self.assertFalse(name.startswith('.'), f'{path}: {name}')

    def test_lower_layers_need_the_standard_library_only(self) -> None:
        """Lower layers import the standard library only, except for extras."""
        wrong = []
        for part, path in modules():
            layer = layer_of(part)
            for name in imports(path):
                top = name.split('.')[0]
                if (
                    top in sys.stdlib_module_names
                    or top == 'unixnotif'
                    or (top in {'msgspec', 'orjson'} and part == 'document')
                    or (layer >= 3 and top.startswith('oslo_'))
                    or (top in RELAY_LIBRARIES and part == 'relay')
                    or layer >= 4
                ):
                    continue
                wrong.append(f'{path.relative_to(PACKAGE)} imports {name}')
        self.assertEqual([], wrong)

    def test_one_module_uses_what_is_private_to_oslo(self) -> None:
        """Only the transport driver imports oslo.messaging's _drivers."""
        users = {
            part
            for part, path in modules()
            for name in imports(path)
            if name.startswith('oslo_messaging._')
        }
        self.assertLessEqual(users, {'transport_driver'})

    def test_one_module_reads_the_clock(self) -> None:
        """Only the module clock imports time, which test tools freeze."""
        users = {
            str(path.relative_to(PACKAGE))
            for _, path in modules()
            for name in imports(path)
            if name.split('.')[0] == 'time'
        }
        self.assertEqual({'clock.py'}, users)

    def test_one_module_builds_uris(self) -> None:
        """A URI that is formatted elsewhere lacks percent-encoding."""
        wrong = [
            f'{path.relative_to(PACKAGE)}: {ast.unparse(node)}'
            for part, path in modules()
            if part != 'address'
            for node in ast.walk(ast.parse(path.read_text()))
            if builds_uri(node)
        ]
        self.assertEqual([], wrong)

    def test_nothing_needs_the_tests(self) -> None:
        """No module outside imports from the tests."""
        for _, path in modules():
            for name in imports(path):
                self.assertFalse(
                    name.startswith('unixnotif.tests'), f'{path}: {name}'
                )

    def test_docstrings_name_their_subject(self) -> None:
        """A docstring begins with a noun phrase or an imperative."""
        wrong = [
            f'{path}: {line}'
            for root in (PACKAGE, *map(PACKAGE.parent.joinpath, BESIDE))
            for path in sorted(root.rglob('*.py'))
            if 'tests' not in path.parts
            for line in path.read_text().splitlines()
            if _SUBORDINATE.match(line)
        ]
        self.assertEqual([], wrong)

    def test_docstrings_of_tests_name_their_subject(self) -> None:
        """The docstring of a test has a subject that a reader can find."""
        wrong = [
            f'{path}: {line}'
            for root in (PACKAGE, *map(PACKAGE.parent.joinpath, BESIDE))
            for path in sorted(root.rglob('*.py'))
            for line in path.read_text().splitlines()
            if _PRONOUN.match(line)
        ]
        self.assertEqual([], wrong)

    def test_an_import_of_the_library_loads_little(self) -> None:
        """Importing the library loads neither oslo nor tools for tests."""
        done = base.run_python(
            'import sys, unixnotif, unixnotif.aio\n'
            'print(sorted({name.partition(".")[0] for name in sys.modules}'
            ' - sys.stdlib_module_names - set(sys.argv[1:])))',
            'unixnotif',
            'orjson',
        )
        self.assertEqual(0, done.returncode, done.stdout)
        for name in ('fixtures', 'testtools', 'pytest', 'oslo_', 'msgspec'):
            self.assertNotIn(name, done.stdout)
