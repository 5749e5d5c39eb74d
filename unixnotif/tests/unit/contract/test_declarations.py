# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Schemas declared by payload classes."""

import contextlib
import io
import os
import sys

import fixtures
from oslo_versionedobjects import base as objects

from unixnotif import errors
from unixnotif.contract import declarations
from unixnotif.tests import base
from unixnotif.tests.unit.contract import things

BROKEN = """\
from oslo_versionedobjects import base, fields

class OnePayload(base.VersionedObject):
    fields = {'a': fields.StringField()}

class OneNotification(base.VersionedObject):
    fields = {'payload': fields.ObjectField('OnePayload')}
"""
HEADER = """\
from oslo_versionedobjects import base, fields

Base = base.VersionedObject
register = base.VersionedObjectRegistry.register_if(False)
DATA = {'a': fields.StringField()}
ROOT = {'payload': fields.ObjectField('OnePayload')}

"""
REGISTERED = f"""{HEADER}
@register
class OnePayload(Base):
    fields = DATA

@register
class OneNotification(Base):
    fields = ROOT
"""


class ReadTest(base.TestCase):
    """The classes of a small service."""

    def setUp(self) -> None:
        super().setUp()
        self.read = declarations.read(
            declarations.classes(objects.VersionedObject), things.__name__
        )
        self.payloads = self.read.catalogue.payloads

    def test_roots(self) -> None:
        """Roots are the classes whose payload is an object."""
        self.assertEqual(
            {'thing:ThingNotification': (('thing:ThingPayload', '1.10'),)},
            self.read.catalogue.roots,
        )
        self.assertEqual({}, self.read.catalogue.events)

    def test_payloads(self) -> None:
        """The payloads of notification classes are found at any depth."""
        self.assertEqual(
            {'thing:PartPayload', 'thing:ThingPayload'}, self.payloads.keys()
        )
        part = self.payloads['thing:PartPayload']
        self.assertEqual(
            ('thing_object', '2.1', {'size': 'number'}),
            (part.prefix, part.current, part.versions['2.1'].declared),
        )
        self.assertEqual(f'{things.__name__}:PartPayload', part.origin)

    def test_fields(self) -> None:
        """Exact types, nullability, values, formats."""
        schema = self.payloads['thing:ThingPayload'].versions['1.10']
        self.assertEqual(
            {
                'address': 'string',
                'count': 'integer',
                'created_at': 'string?',
                'flag': 'boolean',
                'id': 'string',
                'labels': 'map<string?>',
                'loud': 'any?',
                'marks': 'list<integer>?',
                'modes': 'list<string>',
                'name': 'string?',
                'part': 'payload<thing:PartPayload>?',
                'parts': 'list<payload<thing:PartPayload>>',
                'peer': 'payload<thing:ThingPayload>?',
                'state': 'string',
                'tags': 'list<string>',
                'wave': 'any',
                'word': 'string',
            },
            schema.declared,
        )
        self.assertEqual(
            {'modes': ['r', 'w'], 'state': ['off', 'on']}, schema.enums
        )
        self.assertEqual('date-time', schema.formats['created_at'])
        self.assertEqual('uuid', schema.formats['id'])

    def test_inherited(self) -> None:
        """Copied fields of a parent still name the parent."""
        schema = self.payloads['thing:ThingPayload'].versions['1.10']
        parent = 'thing:BasePayload 1.3'
        self.assertEqual(
            {'created_at': parent, 'id': parent}, schema.inherited
        )

    def test_problems(self) -> None:
        """References to nothing and unknown types are reported."""
        self.assertEqual(
            [
                'thing:BrokenNotification refers to the class NoPayload, '
                'which does not exist'
            ],
            self.read.problems,
        )
        self.assertEqual(
            [f'{things.__name__}:Loud', f'{things.__name__}:Wave'],
            self.read.unknown,
        )
        self.assertEqual(frozenset(), self.read.namespaces)

    def test_whole(self) -> None:
        """Without a problem, the catalogue has the whole namespace."""
        whole = self.read._replace(problems=[])
        self.assertEqual({'thing'}, whole.namespaces)

    def test_elsewhere(self) -> None:
        """Notification classes of other packages are ignored."""
        found = declarations.read([things.ThingNotification], 'other')
        self.assertTrue(found.catalogue.is_empty)

    def test_names(self) -> None:
        """Each class of the package is known, also one without an event."""
        self.assertIn('thing:BasePayload', self.read.names)
        found = declarations.read([things.ThingNotification], 'other')
        self.assertEqual(frozenset(), found.names)


class LoadTest(base.TestCase):
    """A package with all its modules."""

    def setUp(self) -> None:
        super().setUp()
        self.path = self.useFixture(fixtures.TempDir()).path
        self.useFixture(fixtures.MonkeyPatch('sys.path', sys.path[:]))
        sys.path.insert(0, self.path)
        self.addCleanup(self.forget)

    def forget(self) -> None:
        for name in list(sys.modules):
            if name.partition('.')[0].startswith('unixnotif_loaded'):
                del sys.modules[name]

    def write(self, name: str, text: str) -> None:
        path = os.path.join(self.path, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'w') as file:
            file.write(text)

    def test_load(self) -> None:
        """Modules that cannot be imported are reported; tests are skipped.

        A failure counts only if the module may hold payload classes.
        """
        top = 'unixnotif_loaded_1'
        self.write(f'{top}/__init__.py', '')
        self.write(f'{top}/objects/__init__.py', '')
        self.write(f'{top}/objects/one.py', BROKEN)
        self.write(f'{top}/broken.py', 'import no_such_module_of_ours\n')
        self.write(f'{top}/leaving.py', 'raise SystemExit(3)\n')
        self.write(f'{top}/bad/__init__.py', '1 / 0\n')
        self.write(f'{top}/objects/two.py', '1 / 0\n')
        self.write(f'{top}/far/__init__.py', '1 / 0\n')
        self.write(f'{top}/far/away/one.py', BROKEN)
        self.write(f'{top}/tests/__init__.py', '1 / 0\n')

        found = declarations.load(top)

        self.assertEqual(
            ['versionedobjects:OneNotification'], list(found.catalogue.roots)
        )
        self.assertEqual(
            [
                f'{top}.bad cannot be imported: '
                'ZeroDivisionError: division by zero',
                f'{top}.broken cannot be imported: ModuleNotFoundError: '
                "No module named 'no_such_module_of_ours'",
                f'{top}.leaving cannot be imported: SystemExit: 3',
            ],
            found.skipped,
        )
        why = 'cannot be imported: ZeroDivisionError: division by zero'
        self.assertEqual(
            [f'{top}.far {why}', f'{top}.objects.two {why}'], found.problems
        )
        self.assertEqual([f'{top}.objects'], found.homes)
        self.assertEqual(frozenset(), found.namespaces)

    def test_complete_namespace(self) -> None:
        """The namespace is complete although other modules fail."""
        top = 'unixnotif_loaded_4'
        self.write(f'{top}/__init__.py', '')
        self.write(f'{top}/objects.py', BROKEN)
        self.write(f'{top}/broken.py', '1 / 0\n')
        found = declarations.load(top)
        self.assertEqual([], found.problems)
        self.assertEqual({'versionedobjects'}, found.namespaces)
        found = declarations.load(f'{top}.objects')
        self.assertEqual(
            ([], [], [f'{top}.objects']),
            (found.problems, found.skipped, found.homes),
        )

    def test_fields_that_are_no_fields(self) -> None:
        """An abstract class may have other values in the place of fields."""
        found = self.load(
            {
                'one': REGISTERED,
                'two': f'{HEADER}class A(Base):\n    fields = None\n\n'
                "class B(Base):\n    fields = {'payload': 'OnePayload'}\n",
            }
        )
        self.assertEqual([], found.problems)
        self.assertEqual(
            ['versionedobjects:OneNotification'], list(found.catalogue.roots)
        )

    def problems(self, modules: dict[str, str]) -> list[str]:
        """Return the problems of a package with modules."""
        found = self.load(modules)
        self.assertEqual('', found.package)
        return [each.replace(self.top, '') for each in found.problems]

    def load(
        self, modules: dict[str, str], below: str = ''
    ) -> declarations.Declared:
        """Load a package with modules, or a module below it."""
        self.write(f'{self.top}/__init__.py', '')
        for name, text in modules.items():
            self.write(f'{self.top}/{name}.py', text)
        return declarations.load(f'{self.top}{below}')

    @property
    def top(self) -> str:
        """Name of the package of a test."""
        return f'unixnotif_loaded_{self._testMethodName}'

    def test_directory_that_is_no_package(self) -> None:
        """Classes in a directory without __init__.py are a problem."""
        self.assertEqual(
            ['.bare is not imported: the directory has no __init__.py'],
            self.problems(
                {'one': BROKEN, 'bare/two': BROKEN, 'data/x': '1 / 0'}
            ),
        )

    def test_imported_directory_that_is_no_package(self) -> None:
        """Classes of imported modules are known, in whatever directory."""
        modules = {
            'one': f'from {self.top}.bare import two',
            'bare/two': BROKEN,
        }
        found = self.load(modules)
        self.assertEqual(
            ([], ['versionedobjects:OneNotification']),
            (found.problems, list(found.catalogue.roots)),
        )
        self.forget()
        [problem] = self.problems({**modules, 'bare/three': BROKEN})
        self.assertIn('.bare is not imported: the directory', problem)

    def test_source_without_payload_classes(self) -> None:
        """A failed module without classes of payloads is skipped."""
        for text in (
            'def f():\n    fields = {}\n',
            'class Form:\n    fields = ["a"]\n',
            'class Form:\n    fields: dict\n',
            'class InvalidPayloadError(Exception):\n    pass\n',
        ):
            self.forget()
            modules = {'objects/__init__': BROKEN, 'far': f'1 / 0\n{text}'}
            found = self.load(modules)
            self.assertEqual(([], 1), (found.problems, len(found.skipped)))

    def test_source_of_tests(self) -> None:
        """Classes in the tests of a failed package do not count."""
        tests = ('far/tests/x', 'far/test', 'bare/tests/x', 'bare/conftest')
        found = self.load(
            {
                'objects/__init__': BROKEN,
                'far/__init__': '1 / 0',
                **dict.fromkeys(tests, BROKEN),
            }
        )
        self.assertEqual(([], 1), (found.problems, len(found.skipped)))

    def test_source_that_python_cannot_parse(self) -> None:
        """The text of a class shows that the module may have payloads."""
        modules = {'objects/__init__': BROKEN, 'far': f'{BROKEN}\n1 +'}
        [found] = self.problems(modules)
        self.assertIn('.far cannot be imported: SyntaxError', found)

    def test_inherited_fields(self) -> None:
        """A broken module with only a subclass is a problem."""
        [found] = self.problems(
            {
                'far/x': 'import no_such\n\n'
                'class XNotification(Base):\n    pass\n',
                'far/__init__': '',
                'objects/one': BROKEN,
                'objects/__init__': '',
            }
        )
        self.assertIn('.far.x cannot be imported: ModuleNotFoundErr', found)

    def test_same_name(self) -> None:
        """Two classes of one name in two modules are a problem."""
        found = self.problems({'one': BROKEN, 'two': BROKEN})
        self.assertEqual(
            [
                f'.one:{name} and .two:{name} have the same name, '
                f'versionedobjects:{name}'
                for name in ('OnePayload', 'OneNotification')
            ],
            found,
        )

    def test_same_name_of_another_kind(self) -> None:
        """A class of the same name that no notification means is allowed."""
        for name, other, below in (
            # Not in the package.
            ('root', 'class OneNotification(Base):\n    fields = ROOT', '.n'),
            # An object of RPC.
            ('plain', 'class OneNotification(Base):\n    fields = DATA', ''),
            # Base classes, which are not registered.
            ('base', 'class OnePayload(Base):\n    fields = DATA', ''),
            ('note', 'class OneNotification(Base):\n    fields = ROOT', ''),
            # Classes of another project.
            (
                'project',
                '@register\nclass OnePayload(Base):\n    fields = DATA\n'
                "    OBJ_PROJECT_NAMESPACE = 'other'",
                '',
            ),
        ):
            for order in ('n', 'other'), ('other', 'n'):
                self.forget()
                imports = ''.join(f'from . import {each}\n' for each in order)
                found = self.load(
                    {
                        '__init__': imports,
                        'n': REGISTERED,
                        'other': f'{HEADER}{other}\n',
                    },
                    below,
                )
                self.assertEqual(
                    ([], ['versionedobjects:OnePayload']),
                    (found.problems, list(found.catalogue.payloads)),
                    f'{name} {order}',
                )

    def test_classes_of_tests(self) -> None:
        """Classes of tests that a module imports are ignored."""
        tests = (
            REGISTERED.replace('DATA\n', "{'b': fields.StringField()}\n")
            + '\n@register\nclass TwoNotification(Base):\n    fields = ROOT\n'
        )
        found = self.load(
            {
                'n': REGISTERED,
                'z': 'from .tests import x',
                'tests/__init__': '',
                'tests/x': tests,
            }
        )
        self.assertEqual([], found.problems)
        self.assertEqual(
            ['versionedobjects:OneNotification'], list(found.catalogue.roots)
        )
        [payload] = found.catalogue.payloads.values()
        self.assertEqual(f'{self.top}.n:OnePayload', payload.origin)

    def test_any_exception(self) -> None:
        """A module may raise anything, except the request to stop."""
        broken = f'{BROKEN}\nraise BaseException(3)\n'
        [found] = self.problems(
            {'one': BROKEN.replace('One', 'Two'), 'two': broken}
        )
        self.assertEqual('.two cannot be imported: BaseException: 3', found)
        self.forget()
        self.assertRaises(
            KeyboardInterrupt,
            self.problems,
            {'two': 'raise KeyboardInterrupt'},
        )

    def test_output_of_modules(self) -> None:
        """Standard output is for the report of the command."""
        out, err = io.StringIO(), io.StringIO()
        self.write('unixnotif_loaded_8.py', f'print("loud")\n{BROKEN}')
        with (
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            declarations.load('unixnotif_loaded_8')
        self.assertEqual(('', 'loud\n'), (out.getvalue(), err.getvalue()))

    def test_other_copy(self) -> None:
        """A copy in the current directory that was not imported is named."""
        self.write('unixnotif_loaded_9.py', BROKEN)
        self.write('copy/unixnotif_loaded_9.py', BROKEN)
        for where, expected in (
            ('.', ''),
            ('copy', f'{self.path}/copy/unixnotif_loaded_9.py'),
        ):
            with contextlib.chdir(os.path.join(self.path, where)):
                found = declarations.load('unixnotif_loaded_9')
            self.assertEqual(expected, found.shadowed)
            self.assertEqual(f'{self.path}/unixnotif_loaded_9.py', found.place)

    def test_directory_that_is_no_copy(self) -> None:
        """A directory with the name of the package is not always a copy."""
        top = 'unixnotif_loaded_10'
        self.write(f'{top}/{top}/__init__.py', BROKEN)
        sys.path.insert(0, os.path.join(self.path, top))
        with contextlib.chdir(self.path):
            self.assertEqual('', declarations.load(top).shadowed)
        # A namespace package of two directories.
        top = 'unixnotif_loaded_11'
        self.write(f'{top}/one.py', BROKEN)
        self.write(f'other/{top}/two.py', '')
        sys.path.insert(0, os.path.join(self.path, 'other'))
        with contextlib.chdir(self.path):
            self.assertEqual('', declarations.load(top).shadowed)

    def test_unused_type(self) -> None:
        """A field type of the caller that no field has is named."""
        self.write('unixnotif_loaded_6.py', BROKEN)
        types = {'String': 'integer', 'Strong': 'string'}
        found = declarations.load('unixnotif_loaded_6', types)
        self.assertEqual(['Strong'], found.unused)

    def test_nothing_found(self) -> None:
        """Without any class, each failure counts."""
        top = 'unixnotif_loaded_5'
        self.write(f'{top}/__init__.py', '')
        self.write(f'{top}/broken.py', '1 / 0\n')
        self.assertEqual(1, len(declarations.load(top).problems))

    def test_no_package(self) -> None:
        """The error says to run the command in the service's environment."""
        e = self.assertRaises(
            errors.CatalogueError, declarations.load, 'unixnotif_loaded_none'
        )
        self.assertIn(
            'unixnotif_loaded_none cannot be imported here: '
            'ModuleNotFoundError',
            str(e),
        )
        self.assertIn("the service's own environment", str(e))

    def test_package_in_the_current_directory(self) -> None:
        """The current directory is searched after installed packages."""
        self.write('unixnotif_loaded_3.py', BROKEN)
        sys.path.remove(self.path)
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(self.path)
        before = list(sys.path)
        found = declarations.load('unixnotif_loaded_3')
        self.assertEqual([], found.problems)
        self.assertEqual(1, len(found.catalogue.roots))
        self.assertEqual(before, sys.path)

    def test_module_that_exits(self) -> None:
        """A module that calls exit() does not end the command."""
        self.write('unixnotif_loaded_2.py', 'raise SystemExit(0)\n')
        for name, expected in (
            ('unixnotif_loaded_2', 'unixnotif_loaded_2 cannot be imported'),
            ('', "'' is not the name of a package"),
            ('.x', "'.x' is not the name of a package"),
            ('a/b.py', "'a/b.py' is not the name of a package"),
        ):
            e = self.assertRaises(
                errors.CatalogueError, declarations.load, name
            )
            self.assertIn(expected, str(e))
