# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The test notification."""

import errno
import os

import fixtures

from unixnotif import address
from unixnotif import consumer
from unixnotif import errors
from unixnotif import publisher
from unixnotif.doctor import accounts
from unixnotif.doctor import trials
from unixnotif.tests import base


class TrialsTest(base.TestCase):
    def test_only_the_doctor_receives(self) -> None:
        """The notification arrives, and no other subscriber gets it."""
        where = self.new_directory()
        other = self.new_consumer(where)
        trial = trials.run(where, None, 0, 0.0)
        self.assertEqual(
            trials.Trial('', accounts.own().user, '', True), trial
        )
        self.assertIsNone(other.receive(0))
        # The doctor's own socket is gone.
        self.assertEqual(1, len(os.listdir(where.path)))

    def test_no_directory(self) -> None:
        """Nobody can subscribe."""
        trial = trials.run(address.Address('/nowhere/x'), None, 0, 0.0)
        self.assertIn('No such file or directory', trial.refusal)

    def test_forbidden(self) -> None:
        """A trial reports if the kernel forbids to subscribe."""

        def subscribe(_: consumer.Consumer) -> None:
            # As in a directory with the immutable attribute.
            cause = PermissionError(errno.EPERM, 'Operation not permitted')
            raise errors.UnavailableError('x') from cause

        self.useFixture(
            fixtures.MonkeyPatch(
                'unixnotif.consumer.Consumer.subscribe', subscribe
            )
        )
        trial = trials.run(self.new_directory(), None, 0, 0.0)
        self.assertEqual(('x', True), (trial.refusal, trial.is_forbidden))

    @base.as_root
    def test_denied(self) -> None:
        """The rights of the service decide."""
        where = self.new_directory()
        os.chmod(where.path, 0o755)
        os.chmod(os.path.dirname(where.path), 0o755)
        service = accounts.Credentials(4_261_001, 4_261_001, frozenset())
        trial = trials.run(where, service, 0, 0.0)
        self.assertEqual(
            ('4261001', 'Permission denied', False),
            (trial.sender, trial.failure, trial.is_sent),
        )

    def test_a_service_is_heard(self) -> None:
        """A notification of another process ends the wait."""
        where = self.new_directory()
        out = self.new_publisher(where)
        child = base.Child(lambda: _publish(where))
        trial = trials.run(where, None, 0, 100.0)
        self.assertEqual((child.pid,), trial.heard)
        child.result()
        out.close()

    def test_silence(self) -> None:
        """The wait ends."""
        trial = trials.run(self.new_directory(), None, 0, 0.01)
        self.assertEqual(((), 0.01), (trial.heard, trial.waited))

    def test_a_socket(self) -> None:
        """At a socket the doctor subscribes, and sends nothing."""
        where = self.new_socket()
        self.new_publisher(where)
        self.assertEqual(trials.Trial(), trials.run(where, None, 0, 0.0))


def _publish(where: address.Address) -> int:
    """Publish as soon as there is a subscriber."""
    with publisher.Publisher(where) as out:
        base.wait_until(lambda: out.refresh() > 0, 100)
        return out.publish(base.document()).delivered
