# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The address of a command: argument, configuration or environment.

Rule: an address on the command line wins, then the configuration files, then
the environment. Nothing is guessed.
"""

import argparse
from collections.abc import Sequence
import os
from typing import Final

from unixnotif import address
from unixnotif import errors

#: The environment variable with the default address.
VARIABLE: Final = 'UNIXNOTIF_URI'

_HELP: Final = (
    'unix+dir:///run/nova/notifications (a rendezvous directory) or '
    'unix:///run/nova/notifications.sock (a socket on which {} listens)'
)


def add_config_file(parser: argparse.ArgumentParser) -> None:
    """Add the option that :func:`resolve` reads."""
    parser.add_argument(
        '--config-file',
        metavar='FILE',
        action='append',
        default=[],
        help='use the address in the configuration of a service, for example '
        '/etc/nova/nova.conf; may be repeated',
    )


def add_uri(
    parser: argparse.ArgumentParser,
    *,
    has_config_file: bool,
    listener: str,
) -> None:
    """Add the address as an optional argument.

    :param has_config_file: if True, the command has --config-file
    :param listener: the owner of a socket at the address
    """
    others = 'the address of --config-file, or ' * has_config_file
    parser.add_argument(
        'uri',
        metavar='URI',
        nargs='?',
        type=parse_argument,
        help=f'{_HELP.format(listener)}; default: {others}${VARIABLE}',
    )


def parse_argument(text: str) -> address.Address:
    """Return the address of an argument of the command line.

    :raises ArgumentTypeError: the argument is not a URI
    """
    try:
        return address.Address.parse(text)
    except errors.AddressError as e:
        raise argparse.ArgumentTypeError(str(e)) from None


def resolve(
    given: address.Address | None, files: Sequence[str] | None
) -> address.Address:
    """Return the address that a command line names.

    :param given: the address on the command line, or None
    :param files: configuration files of a service; None if the command reads
        no address from --config-file
    :raises AddressError: there is none, or more than one
    :raises UnavailableError: a configuration file cannot be read
    """
    if given is not None and files:
        raise errors.AddressError(
            f'give an address ({given}) or --config-file, not both'
        )
    if given is not None:
        return given
    if files:
        return _of_configuration(files)
    found = of_environment()
    if found is None:
        raise errors.AddressError(
            'no address: give a URI such as unix+dir:///run/nova/notifications'
            + (
                f', set {VARIABLE}, or use --config-file /etc/nova/nova.conf'
                if files is not None
                else f', or set {VARIABLE}'
            )
        )
    return found


def of_environment() -> address.Address | None:
    """Return the address in the environment, or None.

    :raises AddressError: the variable has no address
    """
    uri = os.environ.get(VARIABLE)
    try:
        return address.Address.parse(uri) if uri else None
    except errors.AddressError as e:
        raise errors.AddressError(f'{VARIABLE}: {e}') from None


def _of_configuration(files: Sequence[str]) -> address.Address:
    """Return the address in the configuration files of a service.

    :raises AddressError: there is none, or more than one
    :raises UnavailableError: a file cannot be read
    """
    # Slow to import: a fifth of a second.
    from oslo_config import cfg

    from unixnotif import opts

    names = ', '.join(files)
    conf = cfg.ConfigOpts()
    try:
        conf(args=[], default_config_files=list(files), default_config_dirs=[])
        uris = list(opts.register(conf).socket_uri)
        path = opts.sock_path(conf)
    except (cfg.Error, ValueError) as e:
        raise errors.UnavailableError(f'configuration {names}: {e}') from None
    if not uris and not path:
        raise errors.AddressError(
            f'{names}: option socket_uri in group [{opts.GROUP}] is not set, '
            'for example: socket_uri = unix+dir:///run/nova/notifications'
        )
    if len(uris) > 1:
        raise errors.AddressError(
            f'{names}: socket_uri has {len(uris)} addresses; give one of them '
            f'as URI: {", ".join(uris)}'
        )
    option = 'socket_uri' if uris else 'sock_path'
    try:
        if path and not uris:
            return address.Address(path, is_directory=False)
        return address.Address.parse(uris[0])
    except errors.AddressError as e:
        raise errors.AddressError(f'{names}: {option}: {e}') from None
