# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The type language of a catalogue.

Rule: a type is a value, and equal types have equal texts.

* ``string``, ``integer``, ``number``, ``boolean`` and ``any``
* ``list<T>``, ``map<T>`` and ``payload<namespace:Name>``
* ``object``, in legacy payloads
* ``unknown``, if only null was observed, or no item
* ``A|B``: alternatives, each of which was observed
* ``T?``: the value may be null; null itself is not a type
* ``~T``: the field may be absent
"""

import dataclasses
import functools
import re

from unixnotif import errors

_NAME = re.compile(r'[^<>|?~]+')
_TOKEN = re.compile(rf'payload<{_NAME.pattern}>|[a-z]+|[<>|?~]')
_SHOWN = 80
_PLAIN = frozenset({'string', 'integer', 'number', 'boolean', 'any', 'object'})
_OF = frozenset({'list', 'map'})


@dataclasses.dataclass(frozen=True, slots=True)
class Kind:
    """One alternative of a type.

    :ivar name: ``string``, ..., ``list``, ``map``, ``payload``
    :ivar item: of a list or a map
    :ivar reference: of a payload, for example ``nova:FlavorPayload``
    """

    name: str
    item: 'Type | None' = None
    reference: str = ''

    def __str__(self) -> str:
        if self.item is None and not self.reference:
            return self.name
        return f'{self.name}<{self.item or self.reference}>'

    @property
    def words(self) -> str:
        """The alternative in a sentence."""
        if self.item is None:
            return str(self)
        return f'{self.name}<{self.item.words}>'


@dataclasses.dataclass(frozen=True, slots=True)
class Type:
    """Type of a field.

    :ivar kinds: the alternatives; none when the type is unknown
    :ivar nullable: may be null
    :ivar optional: may be absent
    """

    kinds: frozenset[Kind] = frozenset()
    nullable: bool = False
    optional: bool = False

    @property
    def is_unknown(self) -> bool:
        """True if nothing but null was seen, or nothing at all."""
        return not self.kinds

    def kind(self, name: str) -> Kind | None:
        """Return the alternative with a name; None if there is none."""
        return next((k for k in self.kinds if k.name == name), None)

    @property
    def references(self) -> frozenset[str]:
        """Every payload that it refers to, at any depth."""
        found = {k.reference for k in self.kinds if k.reference}
        for kind in self.kinds:
            if kind.item is not None:
                found |= kind.item.references
        return frozenset(found)

    def __str__(self) -> str:
        kinds = '|'.join(sorted(map(str, self.kinds))) or 'unknown'
        return '~' * self.optional + kinds + '?' * self.nullable

    @property
    def words(self) -> str:
        """The type in a sentence: ``integer or null`` for ``~integer?``.

        The words do not mention that a field may be absent.
        """
        kinds = sorted(kind.words for kind in self.kinds)
        if self.nullable:
            kinds.append('null')
        return ' or '.join(kinds) or 'unknown'


UNKNOWN = Type()


def of(name: str, item: Type | None = None, reference: str = '') -> Type:
    """Return a type with one alternative, neither nullable nor optional."""
    return Type(frozenset({Kind(name, item, reference)}))


#: Types of JSON values that are neither a list nor an object.
OF_VALUES = {
    bool: of('boolean'),
    int: of('integer'),
    float: of('number'),
    str: of('string'),
    type(None): Type(nullable=True),
}


@functools.lru_cache(maxsize=65536)
def parse(text: str) -> Type:
    """Return the Type of a text such as ``'~list<string?>'``.

    :raises CatalogueError: the text is not a type
    """
    try:
        return _Parser(text).field_type()
    except (IndexError, ValueError, RecursionError):
        shown = text if len(text) < _SHOWN else f'{text[:_SHOWN]}...'
        raise errors.CatalogueError(
            f'{shown!r} is not a type such as string, integer?, '
            '~list<string> or payload<nova:FlavorPayload>'
        ) from None


def words(text: str) -> str:
    """Return the type of a text in the words of a sentence.

    :raises CatalogueError: the text is not a type
    """
    return parse(text).words


def is_name(text: str) -> bool:
    """Return True if a text is valid as the name of a payload."""
    return _NAME.fullmatch(text) is not None


class _Parser:
    def __init__(self, text: str) -> None:
        self._tokens = [match.group() for match in _TOKEN.finditer(text)]
        if ''.join(self._tokens) != text:
            raise ValueError
        self._tokens.append('')

    def _take(self, token: str) -> bool:
        if found := self._tokens[0] == token:
            del self._tokens[0]
        return found

    def field_type(self) -> Type:
        optional = self._take('~')
        found = self._type()
        if self._tokens != ['']:
            raise ValueError
        return dataclasses.replace(found, optional=optional)

    def _type(self) -> Type:
        if self._take('unknown'):
            return Type(nullable=self._take('?'))
        kinds = {self._kind()}
        while self._take('|'):
            kinds.add(self._kind())
        return Type(_normal(frozenset(kinds)), self._take('?'))

    def _kind(self) -> Kind:
        name = self._tokens.pop(0)
        if name in _PLAIN:
            return Kind(name)
        if name.startswith('payload<'):
            return Kind('payload', reference=name[8:-1])
        if name not in _OF or not self._take('<'):
            raise ValueError
        item = self._type()
        if not self._take('>'):
            raise ValueError
        return Kind(name, item)


def merge(one: Type, other: Type) -> Type:
    """Return the type that includes both."""
    if one == other:
        return one
    return Type(
        _normal(one.kinds | other.kinds),
        one.nullable or other.nullable,
        one.optional or other.optional,
    )


def _normal(kinds: frozenset[Kind]) -> frozenset[Kind]:
    """Return at most one list and one map, and no redundant alternative."""
    names = {kind.name for kind in kinds}
    if 'any' in names:
        return frozenset({Kind('any')})
    normal = {kind for kind in kinds if kind.item is None}
    if 'number' in names:
        normal.discard(Kind('integer'))
    if 'map' in names:
        # A map with any keys includes an object with recorded keys.
        normal.discard(Kind('object'))
    for name in _OF & names:
        items = [k.item for k in kinds if k.name == name and k.item]
        normal.add(Kind(name, functools.reduce(merge, items)))
    return frozenset(normal)


def accepts(declared: Type, seen: Type) -> bool:
    """Return True if the observed type fits the declared one.

    An unknown type fits everything.

    Presence is not compared.
    """
    if declared.is_unknown:
        return True
    if seen.nullable and not declared.nullable:
        return False
    return all(_has(declared, kind) for kind in seen.kinds)


def _has(declared: Type, seen: Kind) -> bool:
    names = {kind.name for kind in declared.kinds}
    if 'any' in names or (seen.name == 'integer' and 'number' in names):
        return True
    if seen.item is None:
        return seen in declared.kinds
    same = declared.kind(seen.name)
    return (
        same is not None
        and same.item is not None
        and accepts(same.item, seen.item)
    )
