# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The environment of the agents: released packages, and this checkout."""

from pathlib import Path
import textwrap

from tools import workdirs

CEILOMETER = '27.0.0'
WATCHER = '17.0.0'


class Environment(workdirs.WorkDirectory):
    """A work directory in which the agents are installed."""

    def prepare(self) -> None:
        """Do the steps that are missing.

        :raises ToolError: a step failed; the message names the log to read
        """
        self.install(
            f'ceilometer {CEILOMETER} and watcher {WATCHER}',
            [f'ceilometer=={CEILOMETER}', f'python-watcher=={WATCHER}'],
        )
        self.install_checkout('fast')

    def program(self, name: str) -> str:
        """Return the path of a program of the packages."""
        return str(self.python.parent / name)


def configure_ceilometer(
    top: Path, uri: str, events: Path, workers: int
) -> Path:
    """Write the files of an agent that writes an event for each notification.

    :param top: directory for the files
    :param uri: where the agent subscribes
    :param events: the file that the agent writes, a JSON object a line
    :param workers: number of its processes
    :returns: the configuration file
    """
    pipeline = top / 'event_pipeline.yaml'
    pipeline.write_text(
        textwrap.dedent(f"""\
        sources:
            - name: all
              events: ["*"]
              sinks: [file]
        sinks:
            - name: file
              publishers: ["file://{events}?json"]
        """)
    )
    config = top / 'ceilometer.conf'
    config.write_text(
        textwrap.dedent(f"""\
        [DEFAULT]
        transport_url = fake:
        event_pipeline_cfg_file = {pipeline}
        [notification]
        workers = {workers}
        pipelines = event
        messaging_urls = {uri}
        """)
    )
    return config
