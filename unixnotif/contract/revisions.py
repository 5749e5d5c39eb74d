# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Files in git revisions, and the commit from which a branch started.

Rule: this module only runs git, and finds the target branch. Paths are
relative to a directory, not to the top of the repository.
"""

from collections.abc import Iterator
import configparser
import os
import subprocess

from unixnotif import errors


class NoBaselineError(errors.CatalogueError):
    """There is no catalogue to compare with, yet."""


def show(revision: str, path: str, folder: str = '.') -> bytes:
    """Return the content of a file in a revision.

    :param path: relative to the folder
    :raises NoBaselineError: the revision has no such file
    :raises CatalogueError: there is no such revision, or git cannot be run
    """
    commit = _commit(revision, folder)
    if commit is None:
        why = _git(folder, 'rev-parse', '--git-dir').stderr
        text = why.decode(errors='replace').strip()
        raise errors.CatalogueError(
            f'git has no revision {revision!r}' + (f': {text}' if text else '')
        )
    there = path if os.path.isabs(path) else f'./{path}'
    shown = _git(folder, 'show', f'{commit}:{there}')
    if shown.returncode:
        raise NoBaselineError(f'there is no {path} in git revision {revision}')
    return shown.stdout


def branch_point(folder: str) -> tuple[str, str]:
    """Return the merge base with the target branch, and the target branch.

    The target branch is that of a pull request on GitHub, that of
    ``.gitreview``, or the default branch of the remote.

    :raises CatalogueError: git knows no such branch, or no common commit
    """
    for branch in _targets(folder):
        if _commit(branch, folder) is None:
            continue
        found = _git(folder, 'merge-base', 'HEAD', branch)
        if found.returncode:
            raise errors.CatalogueError(
                f'HEAD and {branch} have no common commit here, as in a '
                'shallow clone: run git fetch --unshallow, or name the '
                'baseline with --against'
            )
        return found.stdout.decode().strip(), branch
    raise errors.CatalogueError(
        'cannot find the target branch of this change; name the baseline '
        'with --against, for example git:HEAD^:notifications.json'
    )


def _targets(folder: str) -> Iterator[str]:
    """Yield the branches to which a change may go, the surest first."""
    if base := os.environ.get('GITHUB_BASE_REF'):
        yield f'origin/{base}'
    top = _git(folder, 'rev-parse', '--show-toplevel').stdout
    review = configparser.ConfigParser(interpolation=None)
    try:
        review.read(os.path.join(os.fsdecode(top).strip(), '.gitreview'))
        gerrit = dict(review['gerrit'])
    except (configparser.Error, KeyError, UnicodeDecodeError):
        gerrit = {}
    names = dict.fromkeys((gerrit.get('defaultremote', 'gerrit'), 'origin'))
    if branch := gerrit.get('defaultbranch'):
        for remote in names:
            yield f'{remote}/{branch}'
    for remote in reversed(names):
        for branch in ('HEAD', 'master', 'main'):
            yield f'{remote}/{branch}'


def _commit(revision: str, folder: str) -> str | None:
    """Return the commit of a revision; None when there is none."""
    found = _git(
        folder, 'rev-parse', '--verify', '--quiet', f'{revision}^{{commit}}'
    )
    return None if found.returncode else found.stdout.decode().strip()


def _git(folder: str, *args: str) -> 'subprocess.CompletedProcess[bytes]':
    try:
        return subprocess.run(  # noqa: S603
            ['git', *args],  # noqa: S607
            capture_output=True,
            check=False,
            cwd=folder,
        )
    except OSError as e:
        raise errors.CatalogueError(f'cannot run git: {e.strerror}') from e
