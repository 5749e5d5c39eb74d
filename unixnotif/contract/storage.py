# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Catalogues in files and in git.

Rule: a missing baseline has an error of its own, so that a check without a
baseline does not pass.
"""

import os

from unixnotif import errors
from unixnotif import outputs
from unixnotif.contract import catalogues
from unixnotif.contract import decoder
from unixnotif.contract import revisions
from unixnotif.contract.revisions import NoBaselineError

__all__ = [
    'NoBaselineError',
    'read',
    'read_baseline',
    'read_branch_point',
    'read_bytes',
    'write',
]

_GIT = 'git:'


def read(path: str) -> catalogues.Catalogue:
    """Return the catalogue in a file.

    :raises CatalogueError: the file cannot be read, or is not a catalogue
    """
    return _decode(path, read_bytes(path))


def read_bytes(path: str) -> bytes:
    """Return the content of a file.

    :raises CatalogueError: the file cannot be read
    """
    try:
        with open(path, 'rb') as file:
            return file.read()
    except FileNotFoundError:
        raise errors.CatalogueError(f'there is no file {path}') from None
    except OSError as e:
        raise errors.CatalogueError(f'{path}: {e.strerror}') from e


def read_baseline(where: str) -> catalogues.Catalogue:
    """Return the catalogue in a file, or at ``git:REVISION:PATH``.

    :raises CatalogueError: the file does not exist, or is not a catalogue; the
        revision does not exist, or does not contain the file; or git cannot be
        run
    """
    if not where.startswith(_GIT):
        if not os.path.lexists(where):
            raise NoBaselineError(f'there is no file {where}')
        return read(where)
    revision, colon, path = where.removeprefix(_GIT).rpartition(':')
    if not colon or not revision or not path:
        raise errors.CatalogueError(
            f'{where!r} is not git:REVISION:PATH, '
            'for example git:origin/master:notifications.json'
        )
    return _decode(where, revisions.show(revision, path))


def read_branch_point(path: str) -> tuple[catalogues.Catalogue, str]:
    """Return the catalogue of a file in the merge base, and the place.

    :param path: the file, in a work tree of git
    :raises NoBaselineError: the merge base does not contain the file
    :raises CatalogueError: git finds no merge base, or the file is not a
        catalogue
    """
    folder, name = os.path.split(os.path.abspath(path))
    commit, branch = revisions.branch_point(folder)
    where = f'git:{commit[:12]}:{path} (the merge base with {branch})'
    return _decode(where, revisions.show(commit, name, folder)), where


def _decode(where: str, data: bytes) -> catalogues.Catalogue:
    try:
        return decoder.decode(data)
    except errors.CatalogueError as e:
        raise errors.CatalogueError(f'{where}: {e}') from None


def write(path: str, data: bytes) -> None:
    """Write a file, completely or not at all.

    :raises CatalogueError: the file cannot be written
    """
    try:
        with outputs.replacing(path) as file:
            file.write(data)
    except OSError as e:
        raise errors.CatalogueError(
            f'cannot write {path}: {e.strerror}'
        ) from e
