# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Schemas declared by a service's oslo.versionedobjects classes.

Rule: this module runs in the service's own environment, and is the same for
every service. It imports modules of the service, but calls no function of
them. A module that cannot be imported is reported and skipped; it is a problem
if it may hold payload classes. Fields of an unknown type are ``any``, unless
the table of the caller has their type.
"""

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
import importlib
import itertools
from typing import Any
from typing import NamedTuple

from unixnotif import errors
from unixnotif.contract import catalogues
from unixnotif.contract import fieldtypes
from unixnotif.contract import module_names
from unixnotif.contract import packages

_OBJECTS = 'oslo_versionedobjects.base'


class Declared(NamedTuple):
    """Payload classes of a package.

    :ivar catalogue: the classes; it has no events, which no class declares
    :ivar problems: modules that may have payload classes and were not
        imported, missing classes, and classes of two modules with one name
    :ivar unknown: field types that became ``any``, as ``module:Class``
    :ivar homes: the packages right below the given one that hold the classes
    :ivar skipped: other modules that cannot be imported
    :ivar package: the package, if no problem hides a class; otherwise ''
    :ivar unused: names in the table of the caller that no field has
    :ivar shadowed: path of another copy of the package, which is in the
        current directory and was not imported
    :ivar place: path of the imported package
    :ivar names: all classes of the package, also those that no notification
        class of the package refers to
    """

    catalogue: catalogues.Catalogue
    problems: list[str]
    unknown: list[str]
    homes: list[str]
    skipped: list[str] = []  # noqa: RUF012 - never changed
    package: str = ''
    unused: list[str] = []  # noqa: RUF012 - never changed
    shadowed: str = ''
    place: str = ''
    names: frozenset[str] = frozenset()

    @property
    def namespaces(self) -> frozenset[str]:
        """Namespaces of which every class is known; none after a problem."""
        if self.problems:
            return frozenset()
        return frozenset(
            name.partition(':')[0] for name in self.catalogue.payloads
        )


def load(package: str, overrides: Mapping[str, str] | None = None) -> Declared:
    """Import a package with all its modules, and read its payload classes.

    :param package: for example ``nova`` or ``nova.notifications``
    :param overrides: types by ``module:Class`` or ``Class`` of the field type
    :raises CatalogueError: the package itself cannot be imported
    """
    if not all(part.isidentifier() for part in package.split('.')):
        raise errors.CatalogueError(
            f'{package!r} is not the name of a package, for example nova'
        )
    with packages.importing():
        try:
            base = importlib.import_module(_OBJECTS)
            top = importlib.import_module(package)
        except KeyboardInterrupt:
            raise
        except BaseException as e:
            raise errors.CatalogueError(
                f'{package} cannot be imported here: {packages.reason(e)}; '
                "run the command in the service's own environment"
            ) from e
        failures = packages.import_all(top)
    found = read(classes(base.VersionedObject), package, overrides)
    problems: list[str] = []
    skipped: list[str] = []
    for failure in failures:
        is_near = any(
            module_names.is_below(failure.module, home) for home in found.homes
        )
        counts = is_near or failure.has_fields or not found.homes
        (problems if counts else skipped).append(str(failure))
    problems += found.problems
    return found._replace(
        problems=problems,
        skipped=skipped,
        package='' if problems else package,
        shadowed=packages.other_copy(top),
        place=packages.place(top),
    )


def classes(base: type) -> Iterator[type]:
    """Yield all direct and indirect subclasses, each once."""
    done: set[type] = set()
    todo = [base]
    while todo:
        found: list[type] = todo.pop().__subclasses__()
        for each in found:
            if each not in done:
                done.add(each)
                todo.append(each)
                yield each


def read(
    objects: Iterable[Any],
    package: str,
    overrides: Mapping[str, str] | None = None,
) -> Declared:
    """Return the payload classes that notification classes (roots) refer to.

    A root is a class with an object field ``payload``.

    :param objects: subclasses of VersionedObject
    :param package: package of the roots; others are ignored
    :param overrides: see :func:`load`
    """
    reader = _Reader(objects, fieldtypes.Table(overrides or {}))
    reader.read_roots(package)
    return Declared(
        catalogues.Catalogue(
            roots=dict(sorted(reader.roots.items())), payloads=reader.payloads
        ),
        reader.problems,
        sorted(reader.table.unknown),
        sorted({_home(module, package) for module in reader.modules}),
        unused=reader.table.unused(),
        names=reader.names(package),
    )


def _home(module: str, package: str) -> str:
    """Return the package right below the given one that holds a module."""
    if not module_names.is_below(module, package):
        return module.partition('.')[0]
    rest = module.removeprefix(package).split('.')[1:2]
    return '.'.join([package, *rest])


class _Reader:
    def __init__(
        self, objects: Iterable[Any], table: fieldtypes.Table
    ) -> None:
        self.table = table
        self.roots: dict[str, catalogues.Carried] = {}
        self.payloads: dict[str, catalogues.Payload] = {}
        self.problems: list[str] = []
        self.modules: set[str] = set()
        self._by_name: dict[str, list[Any]] = {}
        for each in objects:
            self._by_name.setdefault(each.obj_name(), []).append(each)

    def names(self, package: str) -> frozenset[str]:
        """Return the names of all classes of a package."""
        return frozenset(
            _reference(each)
            for each in itertools.chain.from_iterable(self._by_name.values())
            if _is_within(each, package)
        )

    def read_roots(self, package: str) -> None:
        """Read every notification class, and all that it refers to."""
        for name in sorted(self._by_name):
            roots = [
                each
                for each in self._by_name[name]
                if _is_within(each, package)
                and not packages.is_test(each.__module__, package)
                and self._target(each)
            ]
            for each in _prefer(_is_concrete, roots):
                found = self._read_named(self._target(each), each)
                if found:
                    self._check_unique(
                        each,
                        (one for one in roots if _is_equal(one, each)),
                    )
                    self.modules.add(each.__module__)
                    self.roots[_reference(each)] = ((found, self._v(found)),)

    def _target(self, each: Any) -> str:
        """Return the name of the class of a payload; '' if there is none."""
        fields = each.fields
        payload = fields.get('payload') if isinstance(fields, dict) else None
        if not hasattr(payload, '_type'):
            return ''
        return self.table.object_name(payload) or ''

    def _check_unique(self, each: Any, same: Iterable[Any]) -> None:
        """Add a problem if classes of two modules have one name.

        Only one of them can be read.

        :param same: classes with the name of the class
        """
        for other in _prefer(_is_concrete, same):
            if other.__module__ != each.__module__ and _is_near(other, each):
                places = sorted(map(_place, (each, other)))
                name = each.obj_name()
                if _is_equal(other, each):
                    name = _reference(each)
                problem = f'{" and ".join(places)} have the same name, {name}'
                if problem not in self.problems:
                    self.problems.append(problem)

    def _v(self, name: str) -> str:
        return self.payloads[name].current or ''

    def _read_named(self, name: str, owner: Any) -> str | None:
        """Read the class that a class refers to by its name."""
        near = self._by_name.get(name, [])
        for test in (
            lambda each: _is_near(each, owner),
            lambda each: not packages.is_test(each.__module__),
            lambda each: _project(each) == _project(owner),
            _is_concrete,
        ):
            near = _prefer(test, near)
        if not near:
            self.problems.append(
                f'{_reference(owner)} refers to the class {name}, which does '
                'not exist'
            )
            return None
        # Tests may define a class again: use the last definition.
        self._check_unique(near[-1], near)
        return self._read_class(near[-1])

    def _read_class(self, each: Any) -> str:
        name = _reference(each)
        if name in self.payloads:
            return name
        self.modules.add(each.__module__)
        version = str(each.VERSION)
        schema = catalogues.Schema(declared={})
        self.payloads[name] = catalogues.Payload(
            str(each.OBJ_SERIAL_NAMESPACE),
            version,
            {version: schema},
            _place(each),
        )
        for field, declared in sorted(each.fields.items()):
            self._read_field(each, schema, field, declared)
        return name

    def _read_field(
        self, each: Any, schema: catalogues.Schema, field: str, declared: Any
    ) -> None:
        found = self.table.describe(
            declared, lambda name: self._read_named(name, each)
        )
        assert schema.declared is not None  # noqa: S101
        schema.declared[field] = str(found.type)
        if found.values:
            schema.enums[field] = found.values
        if found.format:
            schema.formats[field] = found.format
        origin = _origin(each, field, declared)
        if origin is not each:
            schema.inherited[field] = f'{_reference(origin)} {origin.VERSION}'


def _project(each: Any) -> str:
    return str(each.OBJ_PROJECT_NAMESPACE)


def _reference(each: Any) -> str:
    return f'{_project(each)}:{each.obj_name()}'


def _is_equal(each: Any, other: Any) -> bool:
    return _reference(each) == _reference(other)


def _place(each: Any) -> str:
    return f'{each.__module__}:{each.__qualname__}'


def _is_within(each: Any, package: str) -> bool:
    return module_names.is_below(each.__module__, package)


def _is_concrete(each: Any) -> bool:
    """Return True if a class is registered, which adds its properties.

    A base class that is meant for inheritance only is not registered.
    """
    return (
        isinstance(each.fields, dict)
        and each.fields.keys() <= vars(each).keys()
    )


def _prefer(test: Callable[[Any], bool], found: Iterable[Any]) -> list[Any]:
    """Return the classes that pass a test, or all if none of them does."""
    known = list(found)
    return [each for each in known if test(each)] or known


def _is_near(each: Any, owner: Any) -> bool:
    modules = each.__module__, owner.__module__
    return len({module.partition('.')[0] for module in modules}) == 1


def _origin(each: Any, field: str, declared: Any) -> Any:
    """Return the class that declares a field.

    Registration copies the fields of parents into each class, but as the
    same objects.
    """
    origin = each
    for parent in each.__mro__:
        fields = getattr(parent, 'fields', None)
        if isinstance(fields, dict) and fields.get(field) is declared:
            origin = parent
    return origin
