# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0


"""Tests that tell refusals from outages."""

import itertools

import amqp
import kombu.exceptions

from unixnotif.relay import refusals
from unixnotif.tests import base


def chained(*errors: Exception) -> Exception:
    """Return the first error; each error has the next one as context."""
    for error, context in itertools.pairwise(errors):
        error.__context__ = context
    return errors[0]


class RefusalsTest(base.TestCase):
    def test_outages(self) -> None:
        """The bus is away, or it does not let the relay in."""
        for error in (
            ConnectionRefusedError(),
            TimeoutError('timed out'),
            amqp.ConnectionForced('shutdown'),
            amqp.RecoverableConnectionError('closed'),
            amqp.NotAllowed('no such vhost', (10, 40)),
            # A wrong password.
            amqp.AccessRefused('Login was refused', (0, 0)),
            kombu.exceptions.OperationalError('x'),
            chained(ValueError('of the driver'), TimeoutError()),
        ):
            self.assertFalse(refusals.is_refusal(error), repr(error))

    def test_refusals(self) -> None:
        """The bus answers that it does not take this message."""
        for error in (
            amqp.PreconditionFailed('durable', (50, 10)),
            amqp.AccessRefused('no permission', (40, 10)),
            UnicodeEncodeError('utf-8', 'x', 0, 1, 'no'),
            chained(
                ValueError('of the driver'),
                amqp.PreconditionFailed('durable', (50, 10)),
                # Of an attempt before that.
                ConnectionResetError(),
            ),
        ):
            self.assertTrue(refusals.is_refusal(error), repr(error))

    def test_long_chain(self) -> None:
        """A chain of errors that has no end is not followed to its end."""
        error = ValueError()
        error.__context__ = other = KeyError()
        other.__context__ = error
        self.assertTrue(refusals.is_refusal(error))
