# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0


"""``unixnotif relay`` over a real RabbitMQ, in the states of that server.

Rule: these are short versions of ``python -m tools.relay``, which also has the
scenarios for Kafka.
"""

import logging
from typing import ClassVar
import unittest

from oslotest import base

from tools.relay import rabbitmq
from tools.relay import scenarios

# Of an outage: enough for several attempts.
_SECONDS = 3.0


class RabbitMQTest(base.BaseTestCase):
    """Stock listeners get each notification once, and every field equal."""

    server: ClassVar[rabbitmq.RabbitMQ]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        try:
            cls.server = rabbitmq.RabbitMQ()
        except rabbitmq.MissingError as e:
            raise unittest.SkipTest(
                f'{e}; try: apt-get install rabbitmq-server'
            ) from None
        cls.addClassCleanup(cls.server.close)

    def setUp(self) -> None:
        super().setUp()
        # The stock listeners log every step, and tracebacks in an outage.
        logging.disable()
        self.addCleanup(logging.disable, logging.NOTSET)

    def test_fields(self) -> None:
        """Processes, priorities, topics, exchanges and odd payloads."""
        scenarios.fields(self.server.url, count=42)

    def test_lanes(self) -> None:
        """Several lanes keep the order of each publisher."""
        scenarios.fields(self.server.url, lanes=4, count=42)

    def test_overloaded(self) -> None:
        """Notifications beyond the speed of the bus are counted as lost."""
        scenarios.overloaded(self.server.url)

    def test_refused(self) -> None:
        """A refused message is given up, and others are forwarded."""
        scenarios.refused(self.server.url)

    def test_stop_while_refused(self) -> None:
        """A stop ends in time while the bus refuses a message."""
        scenarios.stopped_while_refused(self.server.url, 3.0)

    def test_away(self) -> None:
        """A broker that returns gets everything once."""
        scenarios.away(self.server, _SECONDS)

    def test_suspended(self) -> None:
        """A broker that stands still gets everything once."""
        scenarios.suspended(self.server, _SECONDS * 2)

    def test_stop(self) -> None:
        """A stop ends in time, and its numbers add up."""
        for state in ('up', 'away', 'suspended'):
            scenarios.stopped(self.server, state)
