# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Read the jobs with Zuul's own parsers.

Rule: each error or warning that Zuul would report on a change is a finding.
Only a tenant of Zuul knows all parents and templates; ``references`` checks
their names instead.
"""

import dataclasses
import logging
from pathlib import Path
import re
import types
from typing import Any

from tools import errors

EXAMPLES = 'unixnotif/tests/examples/config'


@dataclasses.dataclass
class Parsed:
    """The configuration of a tree.

    :ivar jobs: the jobs of ``zuul.d``, as Zuul's objects
    :ivar projects: the projects of ``zuul.d``, as Zuul's objects
    :ivar examples: configurations of other projects, by file
    :ivar findings: Zuul's errors and warnings, with their files
    """

    jobs: list[Any] = dataclasses.field(default_factory=list)
    projects: list[Any] = dataclasses.field(default_factory=list)
    examples: dict[str, 'Parsed'] = dataclasses.field(default_factory=dict)
    findings: list[str] = dataclasses.field(default_factory=list)


def parse(tree: Path) -> Parsed:
    """Read ``zuul.d`` and the examples of the documentation.

    :raises ToolError: the tree has no ``zuul.d``
    """
    folder = tree / 'zuul.d'
    # Zuul reads only the first of these that exists.
    for other in ('zuul.yaml', '.zuul.yaml', '.zuul.d'):
        if (tree / other).exists():
            raise errors.ToolError(f'{other} and zuul.d exclude each other')
    files = sorted(folder.rglob('*.yaml'))
    if not files:
        raise errors.ToolError(f'{folder} has no configuration')
    parsed = Parsed()
    for path in files:
        _read(tree, path, 'openstack/unixnotif', parsed)
    for path in sorted((tree / EXAMPLES).glob('zuul_*.yaml')):
        # zuul_nova.yaml belongs to nova's repository.
        project = f'openstack/{path.stem.removeprefix("zuul_")}'
        example = Parsed()
        _read(tree, path, project, example)
        parsed.examples[str(path.relative_to(tree))] = example
        parsed.findings += example.findings
    return parsed


def _read(tree: Path, path: Path, project: str, parsed: Parsed) -> None:
    """Add one file."""
    # Python finds Zuul only after the environment is prepared.
    from zuul import configloader
    from zuul import model

    # Hide messages for Zuul's own developers.
    logging.getLogger('zuul').setLevel(logging.CRITICAL)
    name = str(path.relative_to(tree))
    context = model.SourceContext(
        f'opendev.org/{project}', project, 'opendev', 'master', name
    )
    try:
        stanzas = configloader.safe_load_yaml(path.read_text(), context)
        unparsed = model.UnparsedConfig()
        unparsed.extend(stanzas)
    except Exception as error:  # voluptuous, yaml and Zuul's own
        parsed.findings.append(f'{name}: {_flat(str(error))}')
        return
    # Only pipelines use connections, and our files have no pipelines.
    connections = types.SimpleNamespace(connections={})
    parser = configloader.ParseContext(connections, None, None, None)
    # The parser needs no tenant.
    found = configloader.TenantParser.parseConfig(None, unparsed, parser)
    problems = list(parser.error_list)
    for kind, found_here in vars(found).items():
        if kind.endswith('_errors'):
            problems += found_here
    for problem in problems:
        about = getattr(problem.key, 'mark', None)
        line = '' if about is None else f':{about.line + 1}'
        # Zuul's long text names the stanza: 'the "x" job stanza'.
        stanza = re.search(r'in\s+the\s+("\S+"\s+\S+)\s+stanza', problem.error)
        inside = f'{_flat(stanza[1])}: ' if stanza else ''
        parsed.findings.append(
            f'{name}{line}: {inside}{_flat(problem.short_error)}'
        )
    parsed.jobs += found.jobs
    parsed.projects += found.projects


def _flat(text: str) -> str:
    return ' '.join(text.split())
