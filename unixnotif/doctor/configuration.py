# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Configuration files of a service, as oslo.config reads them.

Rule: files are read without blocking and up to a limit; a value that cannot
be read is a fact, not an error.
"""

from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
import dataclasses
import tempfile
from typing import Any
from typing import Final

from oslo_config import cfg

from unixnotif import errors
from unixnotif import opts
from unixnotif.doctor import files

_MOST_BYTES: Final = 4 * 1024 * 1024
#: Options of oslo.messaging in the group of notifications.
NOTIFICATION_OPTIONS: Final = ('driver', 'transport_url', 'topics', 'retry')


@dataclasses.dataclass(frozen=True, slots=True)
class Entry:
    """One line that sets an option.

    :param line: number of the line in the file
    """

    file: str
    line: int
    section: str
    name: str


@dataclasses.dataclass(frozen=True, slots=True)
class Configuration:
    """The options that matter to the driver.

    :param files: paths, in the order in which the service reads them
    :param entries: all options in the files
    :param drivers: values of ``driver``
    :param uris: values of ``socket_uri``
    :param sock_path: value of ``sock_path``
    :param values: the other options of the driver, by name
    :param failures: message by option that cannot be read
    """

    files: tuple[str, ...] = ()
    entries: tuple[Entry, ...] = ()
    drivers: tuple[str, ...] = ()
    uris: tuple[str, ...] = ()
    sock_path: str = ''
    values: dict[str, Any] = dataclasses.field(default_factory=dict)
    failures: dict[str, str] = dataclasses.field(default_factory=dict)

    @property
    def shown(self) -> str:
        """Text that names the files."""
        return ' and '.join(self.files) or 'the configuration'

    def place(self, section: str, name: str = '') -> str:
        """Return text that names the place of an option: section and file.

        :param name: an option in the files; by default, a new line for the
            last file, whose values replace those of the others
        """
        places = [
            entry.file
            for entry in self.entries
            if (entry.section, entry.name) == (section, name)
        ]
        file = (places or self.files or ('the configuration',))[-1]
        return f'section [{section}] of {file}'


def option_names() -> dict[str, list[str]]:
    """Return the names of the known options, by section."""
    known = {
        section: [option.name for option in options]
        for section, options in opts.list_opts()
    }
    known[opts.NOTIFICATIONS_GROUP] += NOTIFICATION_OPTIONS
    return known


def read(
    names: Iterable[str],
    environment: Mapping[str, str] | None = None,
    root: str = '',
) -> Configuration:
    """Read files as a service does.

    :param names: paths, in the order in which the service reads them
    :param environment: variables of the service; ``OS_GROUP__OPTION``
        overrides a file
    :param root: path that stands before each file
    :raises UnavailableError: a file cannot be read, or is malformed
    """
    paths = tuple(names)
    texts = [_text(path, root) for path in paths]
    conf = _parse(paths, texts)
    entries = [
        entry
        for path, text in zip(paths, texts, strict=True)
        for entry in _entries(path, text)
    ]
    failures: dict[str, str] = {}
    _override(conf, environment or {}, failures)
    group = conf[opts.GROUP]
    names = option_names()[opts.GROUP]
    values = {
        name: _value(group, name, failures)
        for name in names
        if name != 'socket_uri'
    }
    try:
        sock_path = opts.sock_path(conf) or ''
    except ValueError as e:
        sock_path, failures['sock_path'] = '', str(e)
    return Configuration(
        paths,
        tuple(entries),
        tuple(
            _value(conf[opts.NOTIFICATIONS_GROUP], 'driver', failures) or ()
        ),
        tuple(_value(group, 'socket_uri', failures) or ()),
        sock_path,
        {name: value for name, value in values.items() if value is not None},
        failures,
    )


def _text(path: str, root: str) -> str:
    try:
        data = files.read(root + path, _MOST_BYTES + 1)
    except files.NotRegularError as e:
        raise errors.UnavailableError(
            f'{path}: {e.strerror}; pass a configuration file, for example '
            '/etc/nova/nova.conf'
        ) from None
    except OSError as e:
        raise errors.UnavailableError(f'{path}: {e.strerror}') from e
    if len(data) > _MOST_BYTES:
        raise errors.UnavailableError(
            f'{path}: the file is larger than {_MOST_BYTES} bytes'
        )
    return data.decode(errors='replace')


def _parse(paths: tuple[str, ...], texts: list[str]) -> cfg.ConfigOpts:
    """Return a conf with the options of files.

    oslo.config opens files itself, so it gets copies: somebody may have
    replaced a file by one that blocks.
    """
    conf = cfg.ConfigOpts()
    opts.register(conf)
    conf.register_opt(
        cfg.MultiStrOpt('driver', default=[]), group=opts.NOTIFICATIONS_GROUP
    )
    arguments = []
    with tempfile.TemporaryDirectory(prefix='unixnotif-') as copies:
        for number, text in enumerate(texts):
            copy = f'{copies}/{number}.conf'
            with open(copy, 'w') as f:
                f.write(text)
            arguments += ['--config-file', copy]
        try:
            conf(
                arguments,
                project='unixnotif-doctor',
                default_config_files=[],
                default_config_dirs=[],
                use_env=False,
            )
        except cfg.Error as e:
            message = str(e)
            for number, path in enumerate(paths):
                message = message.replace(f'{copies}/{number}.conf', path)
            raise errors.UnavailableError(message) from None
    return conf


def _override(
    conf: cfg.ConfigOpts,
    environment: Mapping[str, str],
    failures: dict[str, str],
) -> None:
    for section, names in option_names().items():
        for name in names:
            value = environment.get(f'OS_{section}__{name}'.upper())
            # oslo.config cannot read "driver" from the environment, because
            # the option is multi-valued. The doctor reads no other option of
            # oslo.messaging.
            if value is None or name in NOTIFICATION_OPTIONS:
                continue
            try:
                conf.set_override(name, value, section)
            except ValueError as e:
                failures[name] = str(e)


def _value(group: Any, name: str, failures: dict[str, str]) -> Any:
    try:
        return getattr(group, name)
    except (ValueError, cfg.Error) as e:
        # The text before names the copy of the file.
        failures[name] = str(e).rpartition(' is not valid: ')[2]
        return None


def _entries(path: str, text: str) -> Iterator[Entry]:
    """Yield the options of a file with their lines."""
    section = 'DEFAULT'
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip()
        if not stripped or line[0] in '#; \t':
            continue
        if stripped.startswith('[') and stripped.endswith(']'):
            section = stripped[1:-1].strip()
            continue
        name, *value = stripped.replace(':', '=', 1).split('=', 1)
        if value:
            yield Entry(path, number, section, name.strip())
