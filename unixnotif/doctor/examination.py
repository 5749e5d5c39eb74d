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
from unixnotif.doctor import discovery
from unixnotif.doctor import findings
from unixnotif.doctor import installations
from unixnotif.doctor import location
from unixnotif.doctor import processes
from unixnotif.doctor import services
from unixnotif.doctor.checks import emission
from unixnotif.doctor.checks import installation
from unixnotif.doctor.checks import options


@dataclasses.dataclass(frozen=True)
class Request:
    """Everything that a caller knows.

    :param where: address of subscribers
    :param config_files: configuration files of the service
    :param pids: processes of services; if there are none, the examination
        searches for them
    :param python: interpreter of the service
    :param user: name or number of the service's user
    :param wait: seconds to wait for notifications of services
    """

    where: address.Address | None = None
    config_files: tuple[str, ...] = ()
    pids: tuple[int, ...] = ()
    python: str = ''
    user: str = ''
    wait: float = 0.0


def examine(request: Request) -> Iterator[findings.Finding]:
    """Yield the findings, each as soon as it is known.

    :raises UnavailableError: a process, the user or the interpreter of
        the request does not exist
    """
    named = [processes.read(pid) for pid in request.pids]
    rights = accounts.of_user(request.user) if request.user else None
    yield installation.check_here(installations.here())
    if request.python:
        yield installation.check_service(
            installations.of_python(request.python), request.python
        )
    searched = discovery.Found([])
    if not named and not rights:
        searched = _search(request)
    kinds = searched.kinds
    if kinds:
        yield emission.report_found(searched, discovery.MOST)
    # Services with the same options have the same findings.
    known: set[findings.Finding] = set()
    found: list[tuple[processes.Process | None, bool]] = [
        *((process, False) for process in named),
        *((kind.process, True) for kind in kinds[: discovery.MOST]),
    ]
    publishing = []
    for process, is_found in found or [(None, False)]:
        service = services.Service(
            process,
            rights or (process.rights if process is not None else None),
            process.label if process is not None else 'the service',
            is_found=is_found,
        )
        service, results = _examine_service(request, service)
        publishing.append(service)
        yield from (each for each in results if each not in known)
        known.update(results)
    if request.where:
        addresses = {request.where: publishing}
    else:
        addresses = _addresses(publishing)
    yield from location.check_limits(publishing)
    for where, those in addresses.items():
        yield from location.examine(where, those, request.wait)


def _search(request: Request) -> discovery.Found:
    """Return the processes of the services if the request names none."""
    addresses = [request.where] if request.where else []
    if not request.where:
        try:
            found = configuration.read(request.config_files)
        except errors.UnavailableError:
            pass  # Reported later.
        else:
            addresses = options.addresses(found)
    return discovery.find(request.config_files, addresses)


def _addresses(
    publishing: list[services.Service],
) -> dict[address.Address, list[services.Service]]:
    """Return the services that publish at each address."""
    found: dict[address.Address, list[services.Service]] = {}
    for service in publishing:
        if service.options:
            for where in options.addresses(service.options):
                found.setdefault(where, []).append(service)
    return found


def _examine_service(
    request: Request, service: services.Service
) -> tuple[services.Service, list[findings.Finding]]:
    """Return a service with its options, and the findings about both."""
    process = service.process
    results: list[findings.Finding] = []
    is_foreign = service.is_found and process and process.is_elsewhere
    if process and not request.python and not is_foreign:
        results.append(
            installation.check_service(
                installations.of_process(process), service.label
            )
        )
    installed = len(results)
    files = request.config_files
    if not files and process and not is_foreign:
        files = _config_files(process, is_guessed=not service.is_found)
    read = None
    if files:
        try:
            read = _read(files, process, bool(request.config_files))
        except errors.UnavailableError as e:
            # Ignore bad files of a process that a search found: the process
            # may not be a service.
            if request.config_files or not service.is_found:
                results.append(
                    findings.problem(
                        'bad-file',
                        f'Cannot read the configuration: {e}',
                        'A service that cannot read its configuration does '
                        'not start.',
                        'correct the file or its permissions',
                    )
                )
    elif process and not service.is_found:
        results.append(
            findings.note(
                'configuration-unknown',
                f'The command line of {service.label} names no '
                'configuration file',
                fix='pass its files: --config-file /etc/nova/nova.conf',
            )
        )
    if read:
        results += options.check(read)
        if request.where and not (
            service.is_found and not request.config_files
        ):
            results += options.check_address(request.where, read)
    service = dataclasses.replace(service, files=tuple(files), options=read)
    is_explained = any(each.is_problem for each in results[installed:])
    if not (request.where or _addresses([service]) or is_explained):
        results.append(_no_address(service))
    return service, results


def _no_address(service: services.Service) -> findings.Finding:
    pid = f'--pid {service.process.pid} ' if service.process else ''
    return findings.problem(
        'address-unknown',
        f'The address of {service.label} is unknown, so the path, the '
        'permissions and the subscribers were not examined',
        'The doctor finds the address in the configuration of the service.',
        f'unixnotif doctor {pid}--config-file FILE, with each configuration '
        f'file of the service; or: unixnotif doctor URI {pid}'.rstrip(),
    )


def _config_files(
    process: processes.Process, *, is_guessed: bool
) -> tuple[str, ...]:
    """Return the files that a process reads, as oslo.config finds them.

    :param is_guessed: True to search at the usual places, too
    """
    files = processes.config_files(process)
    if files or not is_guessed:
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
