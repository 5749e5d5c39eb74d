# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Read the jobs as Zuul does, with the parsers of Zuul itself.

Rule: what Zuul would say on the change, an error or a warning, is a finding.
Whether a parent or a template is there Zuul knows only in its tenant;
``references`` looks at that.
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
    :ivar projects: the same of projects
    :ivar examples: configurations of other projects, by their file
    :ivar findings: what Zuul says of them, each with the file
    """

    jobs: list[Any] = dataclasses.field(default_factory=list)
    projects: list[Any] = dataclasses.field(default_factory=list)
    examples: dict[str, 'Parsed'] = dataclasses.field(default_factory=dict)
    findings: list[str] = dataclasses.field(default_factory=list)


def parse(tree: Path) -> Parsed:
    """Read ``zuul.d``, and the examples of the documentation.

    :raises ToolError: there is no ``zuul.d``
    """
    folder = tree / 'zuul.d'
    # Zuul takes the first that is there, and reads no other.
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
        # zuul_nova.yaml stands in nova's repository.
        project = f'openstack/{path.stem.removeprefix("zuul_")}'
        example = Parsed()
        _read(tree, path, project, example)
        parsed.examples[str(path.relative_to(tree))] = example
        parsed.findings += example.findings
    return parsed


def _read(tree: Path, path: Path, project: str, parsed: Parsed) -> None:
    """Add one file."""
    # Zuul is in the path only since the environment was prepared.
    from zuul import configloader
    from zuul import model

    # Zuul tells its own developers much that is none of ours.
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
    # Pipelines may use what connections bring; there are none of either.
    connections = types.SimpleNamespace(connections={})
    parser = configloader.ParseContext(connections, None, None, None)
    # It uses nothing of a tenant.
    found = configloader.TenantParser.parseConfig(None, unparsed, parser)
    said = list(parser.error_list)
    for kind, found_here in vars(found).items():
        if kind.endswith('_errors'):
            said += found_here
    for problem in said:
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
