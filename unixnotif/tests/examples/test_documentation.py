# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The pages, and the files that they show.

Rule: each block of a page comes from a file that tests run or create, and
each such file is shown.
"""

import builtins
from collections.abc import Iterator
import configparser
import importlib
from importlib import metadata
import importlib.util
import json
import pathlib
import re
import symtable
import textwrap

from oslotest import base as oslotest_base

from unixnotif import notification
from unixnotif.tests.examples import base

_SOURCE = base.ROOT / 'doc/source'
_SAMPLES = base.ROOT / 'unixnotif/tests/unit/samples'
# A literal block, a doctest, or a directive with code. A directive without
# arguments, such as toctree, also ends with two colons.
_OWN_BLOCK = re.compile(
    r'(?m)^(?! *(?:- |\* - )?\.\. [a-z-]+::$).*::$'
    r'|^ *>>> .*$'
    r'|^.*\.\. (?:code|code-block|sourcecode|parsed-literal|prompt|highlight|'
    r'ipython|doctest|testcode)::.*$'
)
_CONSTANT = re.compile(
    r'\.\. py:data:: (\S+)\n(?:   :type: .*\n)?   :value: (.*)\n\n   \S'
)
_INCLUDE = re.compile(
    r'literalinclude:: (\S+)\n((?:[ ]+:\S.*\n)*)', re.MULTILINE
)


def _undefined(scope: symtable.SymbolTable) -> set[str]:
    """Return the global names that a program uses and does not define."""
    defined = {
        each.get_name()
        for each in scope.get_symbols()
        if each.is_assigned() or each.is_imported() or each.is_namespace()
    }
    used = set()
    scopes = [scope]
    while scopes:
        each = scopes.pop()
        scopes += each.get_children()
        used |= {
            symbol.get_name()
            for symbol in each.get_symbols()
            if symbol.is_global() and symbol.is_referenced()
        }
    return used - defined - set(dir(builtins))


def _readmes() -> dict[str, str]:
    """Return the texts outside the documentation, by path."""
    folders = ('bench', 'demo', 'devstack', 'roles', 'tools', 'unixnotif')
    paths = [
        *base.ROOT.glob('*.rst'),
        *(
            path
            for each in folders
            for path in base.ROOT.glob(f'{each}/**/*.rst')
        ),
    ]
    return {
        str(path.relative_to(base.ROOT)): path.read_text() for path in paths
    }


class DocumentationTest(oslotest_base.BaseTestCase):
    def setUp(self) -> None:
        super().setUp()
        if not _SOURCE.is_dir():
            self.skipTest('the documentation is not installed')
        self.pages = {
            str(path.relative_to(_SOURCE)): path.read_text()
            for path in _SOURCE.rglob('*')
            if path.suffix in ('.rst', '.inc')
        }

    def shown(self) -> set[pathlib.Path]:
        """The files that the pages include."""
        return {
            (_SOURCE / page).parent.joinpath(name).resolve()
            for page, text in self.pages.items()
            for name in re.findall(r'(?:literalinclude|image):: (\S+)', text)
        }

    def test_every_file_is_shown(self) -> None:
        """A file that no page shows is not an example."""
        files = {
            path
            for folder in (
                'config',
                'console',
                'messages',
                'programs',
                'screens',
            )
            for path in (base.EXAMPLES / folder).iterdir()
            if path.is_file() and path.name != '__init__.py'
        }
        self.assertEqual(set(), files - self.shown())

    def test_every_file_is_run(self) -> None:
        """A file that no test names is not checked."""
        tests = ''.join(
            path.read_text() for path in base.EXAMPLES.glob('test_*.py')
        )
        names = {
            path.stem
            for folder in ('config', 'console', 'messages', 'programs')
            for path in (base.EXAMPLES / folder).iterdir()
            if path.is_file() and path.name != '__init__.py'
        }
        self.assertEqual(
            [],
            [
                name
                for name in sorted(names)
                if not re.search(rf"[/']{name}['.]", tests)
            ],
        )

    def test_no_code_of_its_own(self) -> None:
        """Each block of a page is a file that tests run or create."""
        found = {
            page: _OWN_BLOCK.findall(text) for page, text in self.pages.items()
        }
        self.assertEqual({}, {k: v for k, v in found.items() if v})

    def test_shown_files(self) -> None:
        """A page shows examples, golden samples and files that are installed.

        Only these are under test.
        """
        folders = ('unixnotif/tests/examples', 'unixnotif/tests/unit/samples')
        allowed = {base.ROOT / folder for folder in folders}
        allowed |= {
            base.ROOT / each
            for each in ('devstack', 'etc', 'tools/adopt/changes')
        }
        for path in self.shown():
            self.assertTrue(path.is_file(), path)
            if path.is_relative_to(_SOURCE):
                continue
            self.assertTrue(allowed & set(path.parents), path)

    def test_paths(self) -> None:
        """Each file of the project that a page names exists."""
        pattern = re.compile(
            r'``((?:bench|demo|doc|etc|devstack|roles|tools|unixnotif|'
            r'zuul\.d|\.ci)/[\w./-]+)``'
        )
        texts = {**self.pages, **_readmes()}
        named = {
            f'{page}: {name}'
            for page, text in texts.items()
            for name in pattern.findall(text)
            if not (base.ROOT / name).exists()
            # Sphinx makes this one.
            and name != 'doc/build/html'
            # Not a placeholder, such as NODE.
            and not re.search('/[A-Z]+/', name)
        }
        self.assertEqual(set(), named)

    def test_constants(self) -> None:
        """A constant has its own text, and the value that the page shows.

        The docstring of a constant would be that of float or str.
        """
        for page, text in self.pages.items():
            self.assertNotIn('autodata', text, page)
            for name, value in _CONSTANT.findall(text):
                module, _, attribute = name.rpartition('.')
                actual = getattr(importlib.import_module(module), attribute)
                self.assertEqual(value, repr(actual), page)

    def test_environment(self) -> None:
        """The page names each variable of the package, and no other."""
        page = self.pages['reference/environment.rst']
        sources = (base.ROOT / 'unixnotif').rglob('*.py')
        pattern = re.compile(r"'(UNIXNOTIF_[A-Z_]+)'")
        tests = base.ROOT / 'unixnotif/tests'
        used = {
            name
            for path in sources
            if tests not in path.parents
            for name in pattern.findall(path.read_text())
        }
        capture = {
            'UNIXNOTIF_BACKEND',
            'UNIXNOTIF_CAPTURE',
            'UNIXNOTIF_CATALOGUE',
        }
        self.assertEqual(
            used | capture, set(re.findall(r'``(UNIXNOTIF_[A-Z_]+)``', page))
        )

    def test_exit_codes(self) -> None:
        """The page on exit codes names every command."""
        page = self.pages['reference/exit-codes.rst']
        commands = {
            each.name.replace('_', ' ')
            for each in metadata.entry_points(group='unixnotif.cli')
        }
        named = set(re.findall(r'``([a-z]+(?: [a-z]+)?)``', page)) - {
            'contract'
        }
        self.assertEqual(commands, named)

    def test_commands_of_readmes(self) -> None:
        """Each command of a README exists."""
        tox = configparser.ConfigParser(interpolation=None)
        tox.read(base.ROOT / 'tox.ini')
        pythons = {'py3', 'py311', 'py312', 'py313', 'PROJECT'}
        for page, text in {**self.pages, **_readmes()}.items():
            for name in re.findall(r'tox(?: -q)? -e\s+([\w-]+)', text):
                if name not in pythons:
                    self.assertIn(f'testenv:{name}', tox, page)
            for name in re.findall(r'python -m ((?:tools|bench)[\w.]*)', text):
                found = importlib.util.find_spec(name.rstrip('.'))
                self.assertIsNotNone(found, f'{page}: {name}')

    def test_configuration_once(self) -> None:
        """A configuration file is on one page; other pages link to it."""
        shown: dict[str, set[str]] = {}
        for page, text in self.pages.items():
            for name in re.findall(r'include:: \S+/(config/\S+)', text):
                shown.setdefault(name, set()).add(page)
        self.assertEqual(
            {},
            {name: pages for name, pages in shown.items() if len(pages) > 1},
        )

    def programs(self) -> Iterator[tuple[str, str]]:
        """Yield each page with a program as the page shows it."""
        for page, text in self.pages.items():
            for name, options in _INCLUDE.findall(text):
                if 'language: python' in options:
                    path = (_SOURCE / page).parent / name
                    program = path.read_text()
                    [start] = re.findall('start-at: (.+)', options) or ['']
                    yield page, program[program.index(start) :]

    def test_programs_are_complete(self) -> None:
        """A program on a page begins with its imports, and is public."""
        for page, program in self.programs():
            self.assertRegex(program, '^(from|import) ', page)
            self.assertNotIn('unixnotif.tests', program, page)
            compiler = symtable.symtable(program, page, 'exec')
            self.assertEqual(set(), _undefined(compiler), page)

    def test_pages_show_whole_programs(self) -> None:
        """A page shows no part of a program that lacks its imports."""
        for page, text in self.pages.items():
            self.assertNotIn(':pyobject:', text, page)

    def test_readme(self) -> None:
        """The README shows files that the tests run."""
        text = (base.ROOT / 'README.rst').read_text()
        for name in ('config/nova.conf', 'console/tail.console'):
            snippet = (base.EXAMPLES / name).read_text()
            self.assertIn(textwrap.indent(snippet, '    '), text)
        test = (base.EXAMPLES / 'programs/test_thing.py').read_text()
        snippet = test[test.index('import testtools') :]
        self.assertIn(textwrap.indent(snippet, '    '), text)

    def test_document(self) -> None:
        """The document with line breaks is the sample without them."""
        shown = (base.EXAMPLES / 'document.json').read_text()
        sample = (_SAMPLES / 'service_update.json').read_bytes()
        decoded = notification.decode(sample)
        assert isinstance(decoded, notification.Notification)
        self.assertEqual(decoded.document, json.loads(shown))
