# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The tutorial, from the first page to the last."""

import json

from unixnotif.tests.examples import base


class TutorialTest(base.ExampleTest):
    def setUp(self) -> None:
        super().setUp()
        self.check_session('console/make_directory.console')

    def tail(self) -> base.Running:
        """The tutorial's tail, in the background."""
        [(command, expected)] = self.commands('console/tail.console')
        tail = self.shell(command)
        self.assertEqual(expected, tail.line())
        return tail

    def test_every_tail_has_its_copy(self) -> None:
        """Two tails print what is sent, and end well when stopped."""
        tails = [self.tail(), self.tail()]
        self.await_subscribers(2)

        self.check_session('console/send.console')

        for tail in tails:
            sent = json.loads(tail.line())
            self.assertEqual('thing.create.end', sent['event_type'])
            self.assertEqual({'id': 'thing-1'}, sent['payload'])
            self.assertEqual('', tail.stop())
            self.assertEqual(0, tail.process.returncode)

    def test_no_subscriber(self) -> None:
        """Without a tail the command reports that there is no subscriber."""
        self.check_session('console/send_nobody.console', code=1)

    def test_json(self) -> None:
        """The document is as the page has it."""
        [(command, expected)] = self.commands('console/tail_json.console')
        tail = self.shell(command)
        self.await_subscribers(1)

        self.check_session('console/send.console')

        self.assert_prints(expected, tail.line() + tail.line())

    def test_service(self) -> None:
        """The service's notification is printed by a tail."""
        self.write('programs/service.py', 'service.py')
        self.write('config/thing.conf', 'thing.conf')
        tail = self.tail()
        self.await_subscribers(1)

        self.check_session('console/service.console')

        sent = json.loads(tail.line())
        self.assertEqual({'id': 'thing-2'}, sent['payload'])
        self.assertEqual('thing-api:host1', sent['publisher_id'])

    def test_program(self) -> None:
        """The program prints what is sent."""
        program = self.program('consume.py')
        self.await_subscribers(1)

        self.check_session('console/send.console')

        self.assertEqual(
            "thing.create.end {'id': 'thing-1'}\n", program.line()
        )

    def test_test(self) -> None:
        """The test passes where the reader has put it."""
        self.write('programs/test_thing.py', 'test_thing.py')

        self.check_session('console/run_tests.console')
