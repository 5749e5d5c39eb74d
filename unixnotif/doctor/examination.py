# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The examination: gather the facts of a request, and judge them.

Rule: one finding follows the other in the order in which a notification
travels: installation, options, path, access, subscribers.
"""

from collections.abc import Iterator
import dataclasses
import os

from oslo_config import cfg

from unixnotif import address
from unixnotif import errors
from unixnotif.doctor import accounts
from unixnotif.doctor import configuration
from unixnotif.doctor import findings
from unixnotif.doctor import installations
from unixnotif.doctor import location
from unixnotif.doctor import processes
from unixnotif.doctor import services
from unixnotif.doctor.checks import installation
from unixnotif.doctor.checks import options


@dataclasses.dataclass(frozen=True)
class Request:
    """Everything that a caller knows.

    :param where: address of subscribers
    :param config_files: configuration files of the service
    :param pid: process of the service
    :param python: interpreter of the service
    :param user: name or number of the service's user
    :param wait: seconds to wait for notifications of services
    """

    where: address.Address | None = None
    config_files: tuple[str, ...] = ()
    pid: int | None = None
    python: str = ''
    user: str = ''
    wait: float = 0.0


def examine(request: Request) -> Iterator[findings.Finding]:
    """Yield the findings, each as soon as it is known.

    :raises UnavailableError: the process, the user or the interpreter of
        the request does not exist
    """
    process = None if request.pid is None else processes.read(request.pid)
    rights = process.rights if process else None
    label = process.label if process else 'the service'
    if request.user:
        rights = accounts.of_user(request.user)
    yield installation.check_here(installations.here())
    if request.python:
        yield installation.check_service(
            installations.of_python(request.python), request.python
        )
    elif process:
        yield installation.check_service(
            installations.of_process(process), label
        )
    files = request.config_files or _config_files(process)
    found = None
    if files:
        try:
            found = _read(files, process, bool(request.config_files))
        except errors.UnavailableError as e:
            yield findings.problem(
                'bad-file',
                f'Cannot read the configuration: {e}',
                'A service does not start with such a file.',
                'correct the file or its permissions',
            )
    elif process:
        yield findings.note(
            'configuration-unknown',
            f'The command line of {label} names no configuration file',
            fix='pass its files: --config-file /etc/nova/nova.conf',
        )
    if found:
        yield from options.check(found)
        if request.where:
            yield from options.check_address(request.where, found)
    if request.where:
        addresses = [request.where]
    else:
        addresses = options.addresses(found) if found else []
    service = services.Service(process, rights, label, tuple(files), found)
    yield from location.check_limits(service)
    for where in addresses:
        yield from location.examine(where, service, request.wait)


def _config_files(process: processes.Process | None) -> tuple[str, ...]:
    """Return the files that a process reads, as oslo.config finds them."""
    if process is None:
        return ()
    files = processes.config_files(process)
    if files:
        return tuple(files)
    words = process.arguments
    if words and os.path.basename(words[0]).startswith('python'):
        words = words[1:]
    program = os.path.basename(words[0]) if words else ''
    if not program or program.startswith('-'):
        return ()
    return tuple(cfg.find_config_files(program.partition('-')[0], program))


def _read(
    files: tuple[str, ...], process: processes.Process | None, is_given: bool
) -> configuration.Configuration:
    environment = process.environment if process else None
    root = ''
    if process and process.is_elsewhere and not is_given:
        root = f'/proc/{process.pid}/root'
    return configuration.read(files, environment, root)
