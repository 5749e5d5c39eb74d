# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Compare nova's payload classes, its samples and a recorded run.

Rule: this module does everything with the installed command ``unixnotif
contract``, as a project would. It only selects the catalogues to compare, and
knows the expected findings.
"""

from collections.abc import Iterable
from collections.abc import Sequence
import dataclasses
import json
from pathlib import Path
import shutil
import tempfile
from typing import Any

from tools import errors
from tools import process
from tools import workdirs
from tools.nova import environment
from unixnotif import contract
from unixnotif.contract import allowlist

ALLOWED = Path(__file__).with_name('allow')
#: Numbers of classes and payloads in the release of requirements.txt: without
#: them, a reader that finds no class would pass the check.
CLASSES = 23
PAYLOADS = 39

_TIMEOUT = 300.0
_CLEAN, _FOUND = 0, 1


@dataclasses.dataclass(frozen=True)
class Source:
    """The catalogue of one of the three sources.

    :ivar name: ``classes``, ``samples`` or ``recording``
    """

    name: str
    catalogue: contract.Catalogue


@dataclasses.dataclass(frozen=True)
class Check:
    """The comparison of one source with another.

    :ivar name: names of the two sources
    :ivar compared: number of payloads
    :ivar findings: as ``unixnotif contract check`` writes them
    :ivar accepted: entries of the allow-list with a finding
    :ivar unused: warnings about entries without a finding
    """

    name: str
    compared: int
    findings: list[dict[str, Any]]
    accepted: list[allowlist.Entry]
    unused: list[str]

    def count(self, severity: str) -> int:
        """Return the number of findings with this severity."""
        return sum(one['severity'] == severity for one in self.findings)

    @property
    def bad(self) -> list[dict[str, Any]]:
        """Findings that fail the check: all that are worse than a note."""
        return [one for one in self.findings if one['severity'] != 'note']


@dataclasses.dataclass
class Outcome:
    """The agreement of the sources.

    :ivar problems: what else is wrong, in sentences
    """

    sources: list[Source] = dataclasses.field(default_factory=list)
    checks: list[Check] = dataclasses.field(default_factory=list)
    problems: list[str] = dataclasses.field(default_factory=list)

    @property
    def passed(self) -> bool:
        """True if every finding is accepted."""
        return not self.problems and not any(one.bad for one in self.checks)


def run(
    where: environment.Environment,
    recordings: Sequence[Path],
    *,
    complete: bool,
) -> Outcome:
    """Create three catalogues, and compare each pair of them.

    :param where: an environment in which nova and unixnotif are installed
    :param recordings: of the tests that were run
    :param complete: True if all tests were run: each accepted finding must
        then be found
    :raises ToolError: a catalogue cannot be created
    """
    place = where.workdir / 'contract'
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    commands = _Commands(where, place)
    samples = where.source / 'doc' / 'notification_samples'
    arguments: dict[str, list[str | Path]] = {
        'classes': ['--declared', 'nova'],
        'samples': ['--samples', samples],
        'recording': ['--recording', *recordings],
    }
    outcome = Outcome()
    for name, options in arguments.items():
        commands.record(options, f'{name}.json')
        found = contract.read(str(place / f'{name}.json'))
        outcome.sources.append(Source(name, found))
    outcome.problems += problems(outcome.sources, complete=complete)
    for name, other in (
        ('samples', 'classes'),
        ('recording', 'classes'),
        ('recording', 'samples'),
    ):
        both = f'{name}-{other}'
        shutil.copy(place / f'{other}.json', place / f'{both}.json')
        commands.record([*arguments[name], '--merge'], f'{both}.json')
        check = commands.check(both, other)
        outcome.checks.append(check)
        outcome.problems += check.unused if complete else []
    return outcome


def problems(sources: Iterable[Source], *, complete: bool) -> list[str]:
    """Return what is wrong with the sources before they are compared."""
    found = {source.name: source.catalogue for source in sources}
    lines = []
    classes = len(found['classes'].roots), len(found['classes'].payloads)
    if classes != (CLASSES, PAYLOADS):
        lines.append(
            f'found {classes[0]} notification classes with {classes[1]} '
            f'payloads, expected {CLASSES} with {PAYLOADS}'
        )
    shown = found['samples'].events.keys()
    emitted = found['recording'].events.keys()
    if events := sorted(emitted - shown):
        lines.append(f'events without a sample: {", ".join(events)}')
    if complete and (events := sorted(shown - emitted)):
        lines.append(f'samples without an emitted event: {", ".join(events)}')
    return lines


class _Commands:
    """Runs ``unixnotif contract`` in nova's environment.

    :param place: the directory of the catalogues
    """

    def __init__(self, where: environment.Environment, place: Path) -> None:
        self._where = where
        self._place = place
        self._log = where.logs / 'contract.log'
        self._log.unlink(missing_ok=True)

    def record(self, options: Sequence[str | Path], output: str) -> None:
        """Write a catalogue."""
        status, _, reported = self._run(['record', *options, '-o', output])
        if status != _CLEAN:
            raise errors.ToolError(
                f'cannot create the catalogue {output}: {_last(reported)}\n'
                f'all of the output: {self._log}'
            )

    def check(self, both: str, other: str) -> Check:
        """Compare a catalogue, merged from two sources, with one of them."""
        options = [f'{both}.json', '--against', f'{other}.json']
        options += ['--strict-merge', '--format=json', '--show=note']
        options += ['--fail-on=warning']
        path = ALLOWED / f'{both}.json'
        accepted = []
        if path.exists():
            options += ['--allow', str(path)]
            accepted = allowlist.decode(path.read_bytes())
        status, output, reported = self._run(['check', *options])
        if status not in (_CLEAN, _FOUND):
            raise errors.ToolError(f'cannot compare {both}: {_last(reported)}')
        report = json.loads(output)
        # Warnings about the list itself: an entry is unused, or has expired.
        unused = [
            line for line in reported.splitlines() if f'{path}: ' in line
        ]
        used = [
            entry
            for entry in accepted
            if not any(line.endswith(f': {entry}') for line in unused)
        ]
        check = Check(
            both, report['compared'], report['findings'], used, unused
        )
        if bool(check.bad) != (status == _FOUND):
            raise errors.ToolError(
                f'{both}: the exit status is {status}, and '
                f'{len(check.bad)} findings are shown'
            )
        return check

    def _run(self, arguments: Sequence[str | Path]) -> tuple[int, str, str]:
        """Return exit status, output and error output of a command."""
        lines: list[str] = []
        with tempfile.TemporaryFile('w+') as stderr:
            finished = process.run(
                [
                    self._where.python.with_name('unixnotif'),
                    'contract',
                    *arguments,
                ],
                cwd=self._place,
                env=workdirs.clean_environ(),
                timeout=_TIMEOUT,
                on_line=lines.append,
                errors=stderr,
            )
            stderr.seek(0)
            errors_output = stderr.read()
        with self._log.open('a') as log:
            shown = ' '.join(map(str, arguments))
            log.write(f'$ unixnotif contract {shown}\n')
            log.write('\n'.join([*lines, errors_output]))
        if finished.timed_out:
            raise errors.ToolError(
                f'unixnotif contract did not end within {_TIMEOUT:.0f} s'
            )
        return finished.returncode, '\n'.join(lines), errors_output


def _last(text: str) -> str:
    """Return the last line: imported modules may have printed the others."""
    return (text.strip().splitlines() or ['the command printed no error'])[-1]
