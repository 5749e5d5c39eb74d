# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The commands and the unit of the guide to recordings."""

import configparser
import shlex
import shutil
import signal

import unixnotif
from unixnotif import recording
from unixnotif.tests import base as testing
from unixnotif.tests.examples import base


class CaptureTest(base.ExampleTest):
    def test_capture(self) -> None:
        """A notification that arrives is in the file."""
        (capture, said), show = self.commands('console/capture.console')
        running = self.shell(capture)
        self.await_subscribers(1).publish(
            testing.document(event_type='service.update')
        )
        self.assert_prints(said, running.finish())
        if shutil.which('jq'):
            command, expected = show
            self.assert_prints(expected, self.shell(command).finish())

    def test_foreign(self) -> None:
        """The command rejects a file that is not a recording."""
        path = self.work / 'notes.txt'
        path.write_text('precious\n')
        self.check_session('console/capture_foreign.console', code=1)
        self.assertEqual('precious\n', path.read_text())

    def test_rotated(self) -> None:
        """replay publishes rotated files, the oldest first."""
        path = str(self.work / 'capture.jsonl')
        with recording.RotatingWriter(path, max_size=1, max_files=20) as out:
            for number in range(3):
                sent = testing.new_notification(number)
                out.write([recording.Recorded.now(sent)])
        with unixnotif.Consumer(self.uri) as consumer:
            self.check_session('console/capture_rotated.console')
            received = testing.payloads(consumer)
        self.assertEqual(list(range(3)), received)
        self.assertEqual(3, len(recording.files(path)))

    def test_unit_file(self) -> None:
        """systemd accepts the unit as it is on the page."""
        unit = self.work / 'nova-capture.service'
        text = (base.EXAMPLES / 'config/capture.service').read_text()
        unit.write_text(text)
        self.check_unit(unit)
        unit.write_text(text.replace('Restart=', 'Restarts='))
        self.assertRaises(AssertionError, self.check_unit, unit)

    def test_unit(self) -> None:
        """The command of the unit runs, reopens its file, and stops."""
        parser = configparser.ConfigParser()
        parser.optionxform = str  # type: ignore[assignment,method-assign]
        parser.read(base.EXAMPLES / 'config/capture.service')
        service = parser['Service']
        self.assertEqual('/bin/kill -HUP $MAINPID', service['ExecReload'])
        program, *command = shlex.split(
            service['ExecStart'].replace('\\\n', '')
        )
        self.assertEqual('/usr/bin/env', program)
        command[2] = self.uri
        state = f'/var/lib/{service["StateDirectory"]}/'
        command[3] = command[3].removeprefix(state)
        self.assertEqual('capture.jsonl', command[3])
        running = self.shell(shlex.join(command))
        self.assertEqual('unixnotif: subscribed\n', running.line())
        out = self.await_subscribers(1)
        out.publish(testing.document(1))
        running.process.send_signal(signal.SIGHUP)
        self.assertEqual('unixnotif: reopened the file\n', running.line())
        out.publish(testing.document(2))
        self.assertEqual('', running.stop())
        found = recording.read(str(self.work / 'capture.jsonl'))
        self.assertEqual(2, len(list(found)))
