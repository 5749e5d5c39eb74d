# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Checks of the options of a service."""

from collections.abc import Iterator
import contextlib
import difflib
import itertools
from typing import Final

from unixnotif import address
from unixnotif import errors
from unixnotif import opts
from unixnotif import rendezvous
from unixnotif.doctor import configuration
from unixnotif.doctor import findings

_EXAMPLE: Final = 'socket_uri = unix+dir:///run/nova/notifications'
#: Sections of oslo.messaging whose names are similar to ours.
_OTHER_SECTIONS: Final = frozenset(
    f'oslo_messaging_{name}'
    for name in ('amqp', 'kafka', 'metrics', 'rabbit', 'rpc', 'zmq')
)
_OTHER_DRIVERS: Final = ('log', 'messaging', 'messagingv2', 'noop', 'routing')
#: Misspelled lines that are reported.
_MOST_LINES: Final = 20


def check(found: configuration.Configuration) -> list[findings.Finding]:
    """Judge names and values."""
    names = list(itertools.islice(_names(found), _MOST_LINES))
    # A misspelled option explains why it is not set.
    meant = {option for _, option in names}
    results = [each for each, _ in names]
    results += _values(found)
    if 'driver' not in meant:
        results += _drivers(found)
    if not meant & {'socket_uri', 'sock_path'}:
        results += _addresses(found)
    if not any(each.is_problem for each in results):
        results.append(
            findings.ok(
                'options',
                f'{found.shown}: driver = {", ".join(found.drivers)}; '
                f'publishes at {", ".join(map(str, addresses(found)))}',
            )
        )
    return results


def addresses(found: configuration.Configuration) -> list[address.Address]:
    """Return the valid addresses at which the service publishes."""
    valid = []
    for uri in found.uris:
        try:
            valid.append(address.Address.parse(uri))
        except errors.AddressError:
            continue
    if not found.uris and found.sock_path:
        with contextlib.suppress(errors.AddressError):
            valid.append(address.Address(found.sock_path, False))
    return valid


def _names(
    found: configuration.Configuration,
) -> Iterator[tuple[findings.Finding, str]]:
    """Yield misspelled and misplaced options, each with its right name."""
    known = configuration.option_names()
    for entry in found.entries:
        where = f'{entry.file}, line {entry.line}'
        if entry.section in known:
            result = _misspelled(entry, known[entry.section], where)
        elif section := _similar_section(entry.section, list(known)):
            result = _misspelled_section(entry, section, where), entry.name
        else:
            result = _misplaced(entry, known[opts.GROUP], where)
        if result is not None:
            yield result


def _misspelled(
    entry: configuration.Entry, names: list[str], where: str
) -> tuple[findings.Finding, str] | None:
    if entry.name in names:
        return None
    near = difflib.get_close_matches(entry.name, names, 1)
    if near:
        result = findings.problem(
            'unknown-option',
            f'{where}: section [{entry.section}] has no option '
            f'{entry.name}; did you mean {near[0]}?',
            'oslo.config ignores unknown options, so the service runs with '
            f'the default of {near[0]}.',
            f'rename {entry.name} to {near[0]} in {entry.file}, then restart '
            'the service',
        )
        return result, near[0]
    for section, others in configuration.option_names().items():
        if entry.name in others:
            return _moved(entry, section, where), entry.name
    if entry.section != opts.GROUP:
        # Another version of oslo.messaging may have the option.
        return None
    result = findings.problem(
        'unknown-option',
        f'{where}: section [{entry.section}] has no option {entry.name}',
        'oslo.config ignores unknown options, so the line has no effect.',
        f'remove the line, or use one of: {", ".join(names)}',
    )
    return result, ''


def _similar_section(section: str, names: list[str]) -> str:
    """Return the section that was meant; empty if none is similar."""
    if section in _OTHER_SECTIONS:
        return ''
    near = difflib.get_close_matches(section, names, 1, 0.85)
    return near[0] if near else ''


def _misspelled_section(
    entry: configuration.Entry, section: str, where: str
) -> findings.Finding:
    return findings.problem(
        'unknown-section',
        f'{where}: section [{entry.section}] is unknown; did you mean '
        f'[{section}]?',
        'oslo.config ignores unknown sections with all their options.',
        f'rename the section to [{section}], then restart the service',
    )


def _misplaced(
    entry: configuration.Entry, names: list[str], where: str
) -> tuple[findings.Finding, str] | None:
    if entry.name not in names or not entry.name.startswith('socket_'):
        return None
    return _moved(entry, opts.GROUP, where), entry.name


def _moved(
    entry: configuration.Entry, section: str, where: str
) -> findings.Finding:
    return findings.problem(
        'misplaced-option',
        f'{where}: option {entry.name} is in section [{entry.section}]',
        f'The driver reads {entry.name} in section [{section}] only.',
        f'move the line to section [{section}], then restart the service',
    )


def _values(found: configuration.Configuration) -> Iterator[findings.Finding]:
    for name, message in found.failures.items():
        if '$' in message or 'substitut' in message:
            yield findings.note(
                'option-unknown-here',
                f'The value of option {name} in {found.shown} refers to '
                f'another option: {message}',
                fix='pass the URI as an argument',
            )
            continue
        yield findings.problem(
            'bad-value',
            f'The value of option {name} in {found.shown} is not valid: '
            f'{message}',
            'The driver logs an ERROR and publishes nothing.',
            f'correct {name}, then restart the service',
        )
    group = found.values.get('socket_group')
    if group:
        try:
            rendezvous.group_id(group)
        except errors.UnavailableError as e:
            yield findings.problem(
                'unknown-group',
                f'Option socket_group in {found.shown}: {e}',
                'The driver logs an ERROR and publishes nothing.',
                f'groupadd --system {group}',
            )


def _drivers(found: configuration.Configuration) -> Iterator[findings.Finding]:
    if 'unix' in found.drivers or 'driver' in found.failures:
        return
    if not found.drivers:
        yield findings.problem(
            'no-driver',
            f'{found.shown} has no option driver in section '
            f'[{opts.NOTIFICATIONS_GROUP}]',
            'Without a driver oslo.messaging discards every notification.',
            _add_line('driver = unix', opts.NOTIFICATIONS_GROUP, found),
        )
        return
    names = ', '.join(found.drivers)
    if 'routing' in found.drivers:
        yield findings.note(
            'routing-driver',
            f'{found.shown} has driver = {names}',
            'The routing driver decides which driver gets a notification.',
            'look for unix in the file of option routing_config',
        )
        return
    near = [
        name
        for name in found.drivers
        if name not in _OTHER_DRIVERS
        and difflib.get_close_matches(name.lower(), ['unix'], 1)
    ]
    hint = '; did you mean unix?' if near else ''
    what = (
        'discards every notification'
        if set(found.drivers) == {'noop'}
        else 'publishes nothing at a Unix socket'
    )
    yield findings.problem(
        'other-driver',
        f'{found.shown} has driver = {names}, not unix{hint}',
        f'With this option the service {what}.',
        f'replace the line "driver = {near[0]}" with "driver = unix" in '
        f'{found.place(opts.NOTIFICATIONS_GROUP, "driver")}, then restart the '
        'service'
        if near
        else _add_line('driver = unix', opts.NOTIFICATIONS_GROUP, found),
    )


def _add_line(
    line: str, section: str, found: configuration.Configuration
) -> str:
    return (
        f'add the line "{line}" to {found.place(section)}, then restart the '
        'service'
    )


def _addresses(
    found: configuration.Configuration,
) -> Iterator[findings.Finding]:
    if 'socket_uri' in found.failures:
        return
    if not found.uris and not found.sock_path:
        yield findings.problem(
            'no-address',
            f'{found.shown} sets neither socket_uri in section '
            f'[{opts.GROUP}] nor sock_path in section '
            f'[{opts.NOTIFICATIONS_GROUP}]',
            'The driver does not know where to publish.',
            _add_line(_EXAMPLE, opts.GROUP, found),
        )
    for uri in found.uris:
        try:
            address.Address.parse(uri)
        except errors.AddressError as e:
            yield findings.problem(
                'bad-uri',
                f'Option socket_uri in {found.shown}: {e}',
                'The driver logs an ERROR and does not publish there.',
                f'correct socket_uri, for example: {_EXAMPLE}',
            )
    if not found.uris and found.sock_path:
        try:
            address.Address(found.sock_path, is_directory=False)
        except errors.AddressError as e:
            yield findings.problem(
                'bad-uri',
                f'Option sock_path in {found.shown}: {e}',
                'The driver logs an ERROR and publishes nothing.',
                'set an absolute path: sock_path = '
                '/run/nova/notifications.sock',
            )


def check_address(
    given: address.Address, found: configuration.Configuration
) -> list[findings.Finding]:
    """Compare the address of consumers with those of the service."""
    published = addresses(found)
    if not published or given in published:
        return []
    same_path = [each for each in published if each.path == given.path]
    if same_path:
        return [
            findings.problem(
                'other-scheme',
                f'The service publishes at {same_path[0]}, not at {given}',
                'unix:// is one socket of the service, and unix+dir:// is a '
                'directory for the sockets of subscribers.',
                f'subscribe at {same_path[0]}',
            )
        ]
    return [
        findings.problem(
            'other-address',
            f'The service publishes at {", ".join(map(str, published))}, not '
            f'at {given}',
            'Subscribers of another address receive nothing.',
            f'subscribe at {published[0]}, or set socket_uri = {given} and '
            'restart the service',
        )
    ]
