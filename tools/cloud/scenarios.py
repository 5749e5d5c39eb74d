# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Scenarios on the cloud.

Rule: each scenario is one function, which ends with a comparison of the
receivers.
"""

from collections.abc import Callable
import os
from pathlib import Path
import shutil
import signal
import stat

from tools import process
from tools import workdirs
from tools.cloud import captures
from tools.cloud import cloud as clouds
from tools.cloud import configuration
from tools.cloud import processes
from tools.cloud import report
from tools.cloud import scenes
from tools.cloud import waits
from tools.listeners import agents
from tools.listeners import environment
from unixnotif import grammar

_TESTS = 'unixnotif.tests.devstack.test_cloud'
_TESTS_TIMEOUT = 900.0
_CATALOGUE = workdirs.CHECKOUT / 'unixnotif/tests/devstack/samples/nova.json'
_BURST = 30
_FEW = 4
# The listener on the bus must have this number of the last notifications in
# the recording. Fewer notifications can be on their way to the listener, and
# the scenario "restart" has caused more.
_LAST = 50
# The other services emit nothing.
_EMITTING = (
    'keystone',
    'glance',
    'nova-conductor',
    'nova-conductor-cell1',
    'nova-scheduler',
    'nova-compute',
    'nova-api',
)


def life(cloud: clouds.Cloud) -> report.Outcome:
    """Run the tests of ``unixnotif/tests/devstack``, unchanged."""
    scene = scenes.Scene(cloud)
    log = cloud.processes.log('tests')
    with log.open('w') as output:
        finished = process.run(
            [cloud.where.python, '-m', 'testtools.run', _TESTS],
            cwd=cloud.where.top,
            env=configuration.environ(
                cloud.where, UNIXNOTIF_CAPTURE=str(cloud.where.capture)
            ),
            timeout=_TESTS_TIMEOUT,
            on_line=lambda line: print(line, file=output),
        )
    lines = log.read_text(errors='replace').splitlines()
    ran = [line for line in lines if line.startswith('Ran ')]
    if finished.returncode or not ran:
        error = processes.failure('the tests of the cloud', 'fail', log)
        scene.faults.append(str(error))
    else:
        scene.facts.append(f'{ran[0].split(" in ")[0].lower()}, all passed')
    # keystone and glance emit when the cloud is built.
    whole = captures.read_recording(cloud.where.capture)
    return _end_with_all(scene, whole)


def burst(cloud: clouds.Cloud) -> report.Outcome:
    """Kill an API worker and the recorder while many servers are built."""
    scene = scenes.Scene(cloud)

    def kill() -> None:
        # The servers are being built: clients only read.
        scene.wait_for('instance.create.start', _BURST // 3)
        worker = _worker(cloud, 'nova-api')
        os.kill(worker, signal.SIGKILL)
        recorder = cloud.processes.get(clouds.RECORDER)
        assert recorder is not None
        cloud.processes.send(recorder, signal.SIGKILL)
        cloud.processes.stop(clouds.RECORDER)
        cloud.start_recorder()
        scene.facts.append(
            f'worker {worker} of nova-api and the recorder killed'
        )

    scene.boot_and_delete(_BURST, kill)
    return scene.end(absences=1)


def _worker(cloud: clouds.Cloud, name: str) -> int:
    """Return a living worker of a service."""
    leader = cloud.processes.get(name)
    assert leader is not None
    return max(pid for pid in leader.members() if pid != leader.pid)


def pause(cloud: clouds.Cloud) -> report.Outcome:
    """Stop the recorder while servers come and go, and let it go on."""
    scene = scenes.Scene(cloud)
    recorder = cloud.processes.get(clouds.RECORDER)
    assert recorder is not None
    cloud.processes.send(recorder, signal.SIGSTOP)
    scene.boot_and_delete(_FEW)
    waiting_then = scene.witnessed().count() - scene.captured().count()
    cloud.processes.send(recorder, signal.SIGCONT)
    scene.facts.append(
        f'{waiting_then} notifications waited in the socket buffers'
    )
    return scene.end(may_lose=True)


def restart(cloud: clouds.Cloud) -> report.Outcome:
    """Restart the services one by one, with messagingv2 beside unix."""
    scene = scenes.Scene(cloud)
    configuration.configure_notifications(
        cloud.where, {'UNIXNOTIF_DRIVERS': 'unix,messagingv2'}
    )
    cloud.start_listener('bus', 'notifications')
    for name in _EMITTING:
        cloud.restart(name)
    cloud.python('catalog', 'touch')
    scene.boot_and_delete(_FEW)
    return _end_with_all(scene, scene.captured())


def _end_with_all(
    scene: scenes.Scene, capture: captures.Capture
) -> report.Outcome:
    """End a scenario; each service must have emitted something.

    :param capture: the capture that must contain it
    """
    known, roster = scene.cloud.processes, scene.cloud.roster
    roster.look(known)
    emitted = {roster.name(each.pid) for each in capture.received}
    scene.faults += [
        f'{name} has emitted nothing: see {known.log(name)}'
        for name in _EMITTING
        if name not in emitted
    ]
    return scene.end()


def bus(cloud: clouds.Cloud) -> report.Outcome:
    """Compare the recorder with a stock listener on RabbitMQ."""
    path = cloud.where.top / 'bus.jsonl'
    _catch_up(cloud, path)
    scene = scenes.Scene(
        cloud,
        witness=lambda: captures.read_lines(path),
    )
    scene.boot_and_delete(_FEW)
    return scene.end()


def _catch_up(cloud: clouds.Cloud, path: Path) -> None:
    """Wait until the listener has what was emitted before."""
    recorded = captures.read_recording(cloud.where.capture).received
    wanted = {each.message_id for each in recorded[-_LAST:]}

    def fact() -> str:
        found = captures.read_lines(path).received
        missing = wanted - {each.message_id for each in found}
        count = grammar.plural(len(missing), 'notification')
        return f'{count} missing' if missing else ''

    known = cloud.processes
    waits.wait_for('bus', fact, known, known.all())


def recreate(cloud: clouds.Cloud) -> report.Outcome:
    """Remove and recreate the directory, as RuntimeDirectory does."""
    path = cloud.where.top / 'bus.jsonl'
    scene = scenes.Scene(
        cloud,
        witness=lambda: captures.read_lines(path),
    )
    directory = cloud.where.rendezvous
    before = directory.stat()
    cloud.processes.stop(clouds.WITNESS)
    shutil.rmtree(directory)
    directory.mkdir()
    os.chown(directory, before.st_uid, before.st_gid)
    directory.chmod(stat.S_IMODE(before.st_mode))
    recorder = cloud.processes.get(clouds.RECORDER)
    assert recorder is not None

    def fact() -> str:
        sockets = directory.glob(f'{recorder.pid}-*.sock')
        return '' if any(sockets) else 'it has not subscribed again'

    waits.wait_for(clouds.RECORDER, fact, cloud.processes, [recorder])
    cloud.start_witness()
    scene.boot_and_delete(_FEW)
    return scene.end()


def relay(cloud: clouds.Cloud) -> report.Outcome:
    """Forward to RabbitMQ, and compare with the second subscriber."""
    path = cloud.where.top / 'relayed.jsonl'
    cloud.start_listener('relayed', 'relayed')
    cloud.subscribe(
        'relay',
        [
            cloud.where.bin / 'unixnotif',
            'relay',
            cloud.where.uri,
            '--to',
            cloud.where.rabbit('relayed'),
        ],
    )
    scene = scenes.Scene(cloud, lambda: captures.read_lines(path))
    scene.boot_and_delete(_FEW)
    outcome = scene.end()
    cloud.processes.stop('relay', 'relayed')
    return outcome


def ceilometer(cloud: clouds.Cloud) -> report.Outcome:
    """Let a stock ceilometer write an event for each legacy notification.

    keystone and glance emit legacy notifications. nova emits only versioned
    notifications, which have another topic.
    """
    where = environment.Environment(workdirs.default('listeners'))
    with where.locked():
        where.prepare()
    events = cloud.where.top / 'events.jsonl'
    top = cloud.where.etc / 'ceilometer'
    top.mkdir()
    config = environment.configure_ceilometer(
        top, cloud.where.uri, events, workers=1
    )
    agent = cloud.processes.start(
        'ceilometer',
        [
            where.program('ceilometer-agent-notification'),
            f'--config-file={config}',
        ],
        configuration.environ(cloud.where),
    )

    def fact() -> str:
        members = agents.members(cloud.where.rendezvous)
        return '' if members else 'it has not subscribed'

    waits.wait_for('ceilometer', fact, cloud.processes, [agent])
    scene = scenes.Scene(
        cloud,
        lambda: captures.read_lines(events),
        lambda: captures.read_lines(cloud.where.witnessed).only(
            'notifications'
        ),
    )
    cloud.python('catalog', 'touch')
    outcome = scene.end()
    cloud.processes.stop('ceilometer')
    return outcome


def contract(cloud: clouds.Cloud) -> report.Outcome:
    """Compare the whole recording with the catalogue of nova's payloads."""
    scene = scenes.Scene(cloud)
    found = cloud.where.top / 'catalogue.json'
    # The cloud sees only a part of what nova's own tests see.
    shutil.copy(_CATALOGUE, found)
    _run(
        scene, 'contract', 'record', '-o', str(found), '--merge',
        '--recording', str(cloud.where.capture),
    )  # fmt: skip
    _run(scene, 'contract', 'check', str(found), '--against', str(_CATALOGUE))
    return scene.end(idle=True)


def page(cloud: clouds.Cloud) -> report.Outcome:
    """Write the report of the whole recording as a page."""
    scene = scenes.Scene(cloud)
    target = cloud.where.top / 'report.html'
    _run(scene, 'report', str(cloud.where.capture), '-o', str(target))
    scene.facts.append(str(target))
    return scene.end(idle=True)


def _run(scene: scenes.Scene, command: str, *arguments: str) -> None:
    """Run ``unixnotif``; a failure is a fault of the scenario."""
    cloud = scene.cloud
    try:
        processes.run(
            f'unixnotif {command}',
            [cloud.where.bin / 'unixnotif', command, *arguments],
            configuration.environ(cloud.where),
            cloud.processes.log(command),
            cwd=cloud.where.top,
        )
    except processes.ServiceError as error:
        scene.faults.append(str(error))


Scenario = Callable[[clouds.Cloud], report.Outcome]
#: In the order of ``all``.
ALL: dict[str, Scenario] = {
    'life': life,
    'burst': burst,
    'pause': pause,
    'restart': restart,
    'bus': bus,
    'recreate': recreate,
    'relay': relay,
    'ceilometer': ceilometer,
    'contract': contract,
    'page': page,
}
