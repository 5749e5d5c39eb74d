# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Check that each name in the jobs exists.

Rule: a name of ours has its file or stanza in this tree. ``upstream.yaml``
lists each name of another project.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from tools.zuul import parser

_UPSTREAM = Path(__file__).with_name('upstream.yaml')


def check(tree: Path, parsed: parser.Parsed) -> Iterator[str]:
    """Yield names without a definition, and definitions without a use."""
    upstream = yaml.safe_load(_UPSTREAM.read_text())
    ours = {job.name for job in parsed.jobs}
    known = ours | set(upstream['jobs'])
    yield from _jobs('zuul.d', parsed.jobs, known, upstream)
    run: set[str] = set()
    yield from _projects('zuul.d', parsed.projects, known, upstream, run)
    for name, example in parsed.examples.items():
        theirs = known | {job.name for job in example.jobs}
        yield from _jobs(name, example.jobs, theirs, upstream)
        yield from _projects(name, example.projects, theirs, upstream, set())
    run |= {str(job.parent) for job in parsed.jobs}
    for job in sorted(ours - run):
        yield f'zuul.d: no pipeline runs {job}'
    yield from _playbooks(tree, parsed)


def playbooks(parsed: parser.Parsed) -> list[str]:
    """Return the playbooks of our jobs, each once."""
    return sorted(
        {
            str(playbook.path)
            for job in parsed.jobs
            for playbook in (
                *job.pre_run,
                *job.run,
                *job.post_run,
                *job.cleanup_run,
            )
        }
    )


def _jobs(
    where: str, jobs: list[Any], known: set[str], upstream: Any
) -> Iterator[str]:
    seen: set[str] = set()
    for job in jobs:
        if job.name in seen:
            yield f'{where}: two jobs have the name {job.name}'
        seen.add(job.name)
        if job.parent not in known:
            yield _unknown(where, f'parent of {job.name}', job.parent, 'jobs')
        for project in job.required_projects or {}:
            if project not in upstream['projects']:
                yield _unknown(
                    where, f'project of {job.name}', project, 'projects'
                )


def _projects(
    where: str,
    projects: list[Any],
    known: set[str],
    upstream: Any,
    run: set[str],
) -> Iterator[str]:
    for project in projects:
        for template in project.templates:
            if template not in upstream['templates']:
                yield _unknown(where, 'template', template, 'templates')
        for pipeline, contents in project.pipelines.items():
            if pipeline not in upstream['pipelines']:
                yield _unknown(where, 'pipeline', pipeline, 'pipelines')
            for job in contents.job_list.jobs:
                run.add(job)
                if job not in known:
                    yield _unknown(where, f'job in {pipeline}', job, 'jobs')


def _playbooks(tree: Path, parsed: parser.Parsed) -> Iterator[str]:
    named = set(playbooks(parsed))
    for name in sorted(named):
        if not (tree / name).is_file():
            yield f'zuul.d: the playbook {name} does not exist'
    for path in sorted((tree / 'playbooks').rglob('*.yaml')):
        if str(path.relative_to(tree)) not in named:
            yield f'{path.relative_to(tree)}: no job runs it'


def _unknown(where: str, what: str, name: str, kind: str) -> str:
    return (
        f'{where}: {what}: {name} does not exist here; if another project '
        f'defines it, list it under "{kind}" in tools/zuul/upstream.yaml'
    )
