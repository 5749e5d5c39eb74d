# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The scenarios: a listener, emitters in other processes, and the accounts.

Rule: an emitter starts when every listener has subscribed; a scenario ends
when every notification has arrived and the agent has ended.
"""

import contextlib
import json
from pathlib import Path
import re
import shutil
import subprocess
import textwrap

from tools import workdirs
from tools.listeners import accounts
from tools.listeners import agents
from tools.listeners import environment
from tools.relay import processes

#: A notification in the log of watcher. The identifier is a UUID.
_LOGGED = re.compile(r"received from .*'message_id': '([0-9a-f-]{36})'")


def _emit(
    directory: Path,
    top: Path,
    count: int,
    *sources: tuple[str, str],
    priorities: tuple[str, ...] = ('info',),
) -> list[str]:
    """Emit from one process for each exchange and topic; return the ids."""
    with processes.Stack() as stack:
        emitters = [
            stack.add(
                processes.Emitter(
                    f'unix+dir://{directory}',
                    top,
                    exchange,
                    [topic],
                    f'--count={count}',
                    '--service=nova-compute',
                    '--small',
                    priorities=priorities,
                )
            )
            for exchange, topic in sources
        ]
        for each in emitters:
            each.start()
        return [
            envelope['message_id']
            for each in emitters
            for _, envelope in each.emitted()
        ]


def _require(problem: str) -> None:
    if problem:
        raise agents.ScenarioError(problem)


def _lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


def _new_directory(top: Path) -> Path:
    directory = top / 'notifications'
    directory.mkdir()
    return directory


def _write(path: Path, text: str) -> Path:
    path.write_text(textwrap.dedent(text))
    return path


def ceilometer(where: environment.Environment, top: Path, count: int) -> str:
    """Have ceilometer write an event for each notification."""
    directory = _new_directory(top)
    events = top / 'events'
    config = environment.configure_ceilometer(
        top, f'unix+dir://{directory}', events, workers=2
    )
    agent = agents.Program(
        'ceilometer',
        [
            where.program('ceilometer-agent-notification'),
            f'--config-file={config}',
        ],
        top / 'ceilometer.log',
    )
    with agent:
        agent.wait_until(
            lambda: agents.members(directory) == 2, 'two subscribers'
        )
        emitted = _emit(
            directory,
            top,
            count,
            ('nova', 'notifications'),
            ('cinder', 'notifications'),
            priorities=('info', 'error'),
        )
        agent.wait_until(
            lambda: len(_lines(events)) >= len(emitted),
            f'{len(emitted)} events in its file',
        )
        agent.terminate()
    received = [json.loads(each)['message_id'] for each in _lines(events)]
    _require(accounts.compare(emitted, received))
    return (
        f'ceilometer {environment.CEILOMETER}, two workers: {len(received)} '
        f'of {len(emitted)} notifications, none twice'
    )


def watcher(where: environment.Environment, top: Path, count: int) -> str:
    """Have two engines of watcher share the notifications."""
    directory = _new_directory(top)
    logs = [top / f'engine-{number}.log' for number in range(2)]
    configs = [
        _write(
            log.with_suffix('.conf'),
            f"""\
            [DEFAULT]
            # Watcher names the pool by its host.
            host = engine
            transport_url = fake:
            [database]
            connection = sqlite:///{log.with_suffix('.sqlite')}
            [collector]
            collector_plugins = compute
            [oslo_messaging_notifications]
            transport_url = unix+dir://{directory}
            """,
        )
        for log in logs
    ]
    _create_database(where, configs[0], logs[0])
    shutil.copy(logs[0].with_suffix('.sqlite'), logs[1].with_suffix('.sqlite'))

    def received() -> list[list[str]]:
        return [
            [
                found[1]
                for line in _lines(log)
                if (found := _LOGGED.search(line))
            ]
            for log in logs
        ]

    with contextlib.ExitStack() as stack:
        engines = [
            stack.enter_context(
                agents.Program(
                    'watcher',
                    [
                        where.program('watcher-decision-engine'),
                        f'--config-file={config}',
                    ],
                    log,
                )
            )
            for config, log in zip(configs, logs, strict=True)
        ]
        for each in engines:
            # Each engine wants two topics.
            each.wait_until(
                lambda: agents.members(directory) == 4, 'four subscribers'
            )
        emitted = _emit(
            directory,
            top,
            count,
            ('nova', 'versioned_notifications'),
            ('openstack', 'notifications'),
        )
        engines[0].wait_until(
            lambda: sum(map(len, received())) >= len(emitted),
            f'{len(emitted)} notifications in the logs',
        )
        for each in engines:
            each.terminate()
    parts = received()
    _require(accounts.compare(emitted, parts[0] + parts[1]))
    split = ' : '.join(str(len(each)) for each in parts)
    # Each of the two emitting processes alternates between the engines.
    if abs(len(parts[0]) - len(parts[1])) > 2:
        raise agents.ScenarioError(
            f'the engines have not shared evenly: {split}'
        )
    return (
        f'watcher {environment.WATCHER}, two engines: {len(emitted)} '
        f'notifications, none twice, {split}'
    )


def _create_database(
    where: environment.Environment, config: Path, log: Path
) -> None:
    done = subprocess.run(
        [
            where.program('watcher-db-manage'),
            f'--config-file={config}',
            'create_schema',
        ],
        cwd=log.parent,
        env=workdirs.clean_environ(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=agents.DEADLINE,
    )
    if done.returncode:
        raise agents.ScenarioError(f'watcher-db-manage failed:\n{done.stdout}')


def requeue(where: environment.Environment, top: Path, count: int) -> str:
    """Have two listeners requeue each notification once."""
    directory = _new_directory(top)
    outputs = [top / f'{number}.out' for number in range(2)]
    with contextlib.ExitStack() as stack:
        listeners = [
            stack.enter_context(_listener(where, 'requeue', directory, output))
            for output in outputs
        ]
        for each in listeners:
            each.wait_until(
                lambda: agents.members(directory) == 2, 'two subscribers'
            )
        emitted = _emit(directory, top, count, ('nova', 'notifications'))
        listeners[0].wait_until(
            lambda: len(_handled(*outputs)) >= len(emitted),
            f'{len(emitted)} notifications',
        )
        for each in listeners:
            each.say('stop')
            each.expect_end()
    _require(accounts.compare(emitted, _handled(*outputs)))
    return (
        f'two listeners that requeue: {len(emitted)} notifications, each '
        'requeued once, none handled twice'
    )


def stop(where: environment.Environment, top: Path, count: int) -> str:
    """Stop a listener with many notifications, and never call wait()."""
    directory = _new_directory(top)
    output = top / 'listener.out'
    with _listener(where, 'stop', directory, output) as listener:
        listener.wait_until(
            lambda: agents.members(directory) == 1, 'one subscriber'
        )
        emitted = _emit(directory, top, count, ('nova', 'notifications'))
        listener.say('stop')
        listener.wait_until(
            lambda: len(_handled(output)) >= len(emitted),
            f'{len(emitted)} notifications',
        )
        listener.wait_until(
            lambda: not list(directory.glob('*.sock')), 'end of the subscriber'
        )
        listener.say('end')
        listener.expect_end()
    _require(accounts.compare(emitted, _handled(output)))
    if _lines(output)[0] != 'stopped':
        raise agents.ScenarioError(
            'the listener handled notifications before its stop'
        )
    return (
        f'a listener without wait(): {len(emitted)} notifications, all '
        'handled after stop(), none twice'
    )


def _handled(*outputs: Path) -> list[str]:
    """Return the message ids that listeners have written."""
    return [
        line
        for output in outputs
        for line in _lines(output)
        if len(line) == 36
    ]


def _listener(
    where: environment.Environment, habit: str, directory: Path, output: Path
) -> agents.Program:
    return agents.Program(
        f'the listener ({habit})',
        [
            str(where.python),
            '-m',
            'tools.listeners.agent',
            habit,
            f'unix+dir://{directory}',
        ],
        output,
        {'PYTHONPATH': str(workdirs.CHECKOUT), 'PYTHONWARNINGS': 'ignore'},
    )
